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
  {
    name: 'an email is of interest each time that its picture is fetched',
    file: 'lambdas/domain/fold/fold.ts',
    from: "if (told.news === 'known') continue;",
    to: '',
    noticedBy: { tests: ['test/domain/fold/one-interest.test.ts'] },
  },
  {
    name: 'a touched cart is mailed at the old time',
    file: 'lambdas/send-email/timing.ts',
    from: 'if (waitsUntilMs !== undefined) return',
    to: 'if (waitsUntilMs === 0) return',
    noticedBy: { tests: ['test/handlers/send-email/restart.test.ts'] },
  },
  {
    name: 'an order that another clock dates earlier covers no cart',
    file: 'lambdas/domain/campaigns/workflow-effects.ts',
    from: '(exitAtMs ?? -Infinity) + exitLeadMs >= entryAtMs',
    to: '(exitAtMs ?? -Infinity) >= entryAtMs',
    noticedBy: { tests: ['test/domain/campaigns/workflow-effects.test.ts'] },
  },
  {
    name: 'who logs in is drawn anew',
    file: 'lambdas/domain/profile/draw.ts',
    from: 'return anonymousSinceMs < knownSinceMs ? drawKeyOf(anonymous) : known.userKey;',
    to: 'return known.userKey;',
    noticedBy: { tests: ['test/domain/profile/draw.test.ts'] },
  },
];
