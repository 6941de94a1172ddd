import type { ReportDataInput } from '../../schemas/report.ts';
import { dayMs } from '../time.ts';
import { millionths } from './amounts.ts';
import { conversionPlace } from './conversions.ts';
import { emailPlace, type EmailOutcome } from './emails.ts';
import { dayOf, type Period } from '../period.ts';
import { creditPlace } from './results.ts';
import type { Tally } from './tally.ts';

/** Every day of the month that has begun. */
export function dayNumbers({ fromMs, untilMs }: Period, madeAtMs: number, sums: { conversions: Tally; emails: Tally; credits: Tally }): NonNullable<ReportDataInput['days']> {
  const email = (outcome: EmailOutcome) => sums.emails.by(emailPlace.day, { [emailPlace.outcome]: outcome });
  const [sent, opened, clicked] = [email('sent'), email('opened'), email('clicked')];
  const conversions = sums.conversions.by(conversionPlace.day, { [conversionPlace.amount]: 'conversions' });
  const credited = sums.credits.by(creditPlace.day, { [creditPlace.amount]: 'conversions' });
  const days = Math.max(0, Math.ceil((Math.min(untilMs, madeAtMs) - fromMs) / dayMs));
  return Array.from({ length: days }, (_, index) => {
    const day = dayOf(fromMs + index * dayMs);
    const on = (counts: Map<string, number>) => counts.get(day) ?? 0;
    return { day, sent: on(sent), opened: on(opened), clicked: on(clicked), conversions: on(conversions), credited: millionths(on(credited)) };
  });
}
