import { html, type Html } from '../pages/html.ts';
import type { Context } from './context.ts';
import { totalOf } from './counts.ts';
import type { Format } from './format.ts';
import { table } from './table.ts';

/** What can make the numbers wrong. */
export function quality({ data, format }: Context): Html {
  const emails = totalOf(data.campaigns);
  const { lateConversions, deadLetters } = data.quality;
  const unattributed = Math.max(0, data.conversions.count - emails.conversions);
  const rows: [string, string, string][] = [
    [
      'Emails opened by machines',
      of(format, emails.autoOpened, emails.delivered),
      'Privacy proxies and mail scanners; they are in no rate.',
    ],
    [
      'Emails clicked by machines',
      of(format, emails.autoClicked, emails.delivered),
      'Scanners that follow all links; they are in no rate.',
    ],
    [
      'Sends without confirmation',
      format.count(emails.unconfirmed),
      'The provider’s answer was lost. They are not sent again, so that nobody gets two.',
    ],
    [
      'Late conversions',
      of(format, lateConversions, data.conversions.count),
      'Came more than an hour after they happened. An email in between may have got no credit.',
    ],
    [
      'Conversions without an email',
      of(format, unattributed, data.conversions.count),
      'No email within the window of the attribution; they are in no campaign.',
    ],
    ['Unreadable events', format.count(deadLetters.unreadable), 'Put aside. Repair the sender; they cannot be put back.'],
    [
      'Failed batches',
      format.count(deadLetters.failed),
      deadLetters.failed === 0 ? 'All events were processed.' : 'Their events are missing here until they are put back.',
    ],
  ];
  return html`${table({ caption: 'Data that is late, doubtful or missing', head: ['What', 'How many', 'What it means'], words: [2], rows })}`;
}

const of = (format: Format, part: number, whole: number): string =>
  whole > 0 ? `${format.decimal(part)} (${format.rate(part, whole)})` : format.decimal(part);
