import type { Mutant } from './mutant.ts';

/** Guards of what is mailed to whom. */
export const mailMutants: readonly Mutant[] = [
  {
    name: 'what was left for an address does not count for who else has it',
    file: 'lambdas/domain/campaigns/contact-policy.ts',
    from: ' || hasLeft(inbox.decisions, topic))',
    to: ')',
    noticedBy: { tests: ['test/handlers/send-email/decision.test.ts'] },
  },
  {
    name: 'a person who left is mailed under an address that came back',
    file: 'lambdas/domain/campaigns/contact-policy.ts',
    from: 'hasLeft([...decisions, profile], topic) || hasLeft(inbox.decisions, topic)',
    to: 'hasLeft([...decisions, profile, inbox.decisions], topic)',
    noticedBy: { tests: ['test/handlers/send-email/decision.test.ts'] },
  },
  {
    name: 'that somebody left is not noted on the email',
    file: 'lambdas/unsubscribe/handler.ts',
    from: 'await noteLeaving(deps, send?.sendId, standing, change);',
    to: '',
    noticedBy: { tests: ['test/handlers/unsubscribe.test.ts'] },
  },
  {
    name: 'a bounce of one recipient suppresses all of the message',
    file: 'lambdas/domain/feedback/kinds.ts',
    from: '(named ?? mail.destination ?? [])',
    to: '(mail.destination ?? named ?? [])',
    noticedBy: { tests: ['test/handlers/record-feedback.test.ts'] },
  },
  {
    name: 'soft bounces that are told at once are lost',
    file: 'lambdas/adapters/mail/inbox-store.ts',
    from: "revision === undefined ? 'attribute_not_exists(#revision)' : '#revision = :known'",
    to: "revision === undefined ? undefined : '#revision = :known'",
    noticedBy: { tests: ['test/adapters/mail/inbox-store.test.ts'] },
  },
];
