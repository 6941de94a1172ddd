import type { Mail } from '../ses/store.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { hourMs } from '../../lambdas/domain/time.ts';
import { addressesOf, type PersonSummary } from './summary.ts';
import type { Expectation, Story } from './story.ts';

/** Every expectation that was not met, one line each. */
export function judge(story: Story, people: readonly PersonSummary[], mails: readonly Mail[]): string[] {
  return people.map(ofTheCart).flatMap((person) => {
    const expected = story.expected[person.person] as Expectation;
    const wrong: string[] = [];
    const expect = (what: string, actual: unknown, wanted: unknown) => {
      if (JSON.stringify(actual) !== JSON.stringify(wanted)) wrong.push(`${person.person}: ${what} is ${JSON.stringify(actual)}, but must be ${JSON.stringify(wanted)}`);
    };
    expect('segment', person.segment, expected.segment);
    expect('workflows', person.workflows.map(outcome), expected.workflows);
    expect('emails', person.emails.map(({ step }) => step), expected.emails);
    if (expected.score && !(person.score >= expected.score[0] && person.score <= expected.score[1])) {
      wrong.push(`${person.person}: score is ${person.score}, but must lie in ${expected.score.join('..')}`);
    }
    const own = mails.filter(({ to, tags }) => tags.campaign === cart && addressesOf(story, person.person).includes(to[0] ?? ''));
    wrong.push(...own.flatMap((mail) => wrongContent(person.person, mail, expected)), ...wrongTimes(person));
    return wrong;
  });
}

const cart = 'abandoned_cart';

/** Only the cart campaign is checked; what other campaigns do is shown. */
export const ofTheCart = (person: PersonSummary): PersonSummary => ({
  ...person,
  workflows: person.workflows.filter(({ campaign }) => campaign === cart),
  emails: person.emails.filter(({ campaign }) => campaign === cart),
});

function outcome({ status, cause }: PersonSummary['workflows'][number]): string {
  if (status === 'SUCCEEDED') return 'ended';
  return status === 'ABORTED' && cause?.startsWith('purchase at ') ? 'stopped by purchase' : `${status} ${cause ?? ''}`.trim();
}

function wrongContent(person: string, { html = '', text = '', tags }: Mail, { shows = [], showsNot = [] }: Expectation): string[] {
  const missing = shows.filter((part) => !html.includes(part) || !text.includes(part)).map((part) => `${person}: the ${tags.step} does not show ${part}`);
  const surplus = showsNot.filter((part) => html.includes(part)).map((part) => `${person}: the ${tags.step} shows ${part}`);
  const offer = tags.step === 'offer' && !/[A-Z0-9]{5}-[A-Z0-9]{5}/.test(text) ? [`${person}: the offer has no discount code`] : [];
  const reviews = tags.step === 'reminder' && !html.includes('★') ? [`${person}: the reminder has no reviews`] : [];
  return [...missing, ...surplus, ...offer, ...reviews];
}

/** No email comes before its wait is over: the offer's after the workflow began, the reminder's after the offer. */
function wrongTimes({ person, emails, workflows }: PersonSummary): string[] {
  const wrong: string[] = [];
  const since = (step: string, from: string | undefined) => {
    const hours = config.campaigns[cart]?.steps[step]?.afterHours ?? 0;
    const email = emails.find((one) => one.step === step);
    if (email === undefined || from === undefined) return;
    const waited = (Date.parse(email.sentAt) - Date.parse(from)) / hourMs;
    if (waited < hours) wrong.push(`${person}: the ${step} came after ${waited.toFixed(1)} hours, before ${hours} were over`);
  };
  since('offer', workflows[0]?.startedAt);
  since('reminder', emails.find(({ step }) => step === 'offer')?.sentAt);
  return wrong;
}
