import { describe, expect, test } from 'vitest';
import { createInboxStore } from '../../lambdas/adapters/mail/inbox-store.ts';
import { addressHash } from '../../lambdas/domain/emails/address.ts';
import { isOfPerson } from '../../lambdas/domain/events/event.ts';
import { createHandler as createFeedback } from '../../lambdas/record-feedback/handler.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { envelopeFrom, eventFrom, startMs } from '../support/events.ts';
import { FakeStream, MemorySends, recordingLogger } from '../support/fakes.ts';
import { memoryDocuments } from '../support/memory-dynamo.ts';
import { notifications } from '../support/ses-notifications.ts';

describe('record-feedback', () => {
  function world() {
    const sends = new MemorySends();
    const stream = new FakeStream();
    const inboxes = createInboxStore(memoryDocuments(), 'control');
    const optOuts: [string, string, number][] = [];
    const { logger, lines } = recordingLogger();
    sends.records.set('s1', { sendId: 's1', userKey: 'u#ana', campaign: 'abandoned_cart', step: 'offer', executionName: 'e1', claimedAtMs: startMs, inbox: addressHash('ana@reader.example') });
    const control = { optOut: async (userKey: string, topic: string, atMs: number) => void optOuts.push([userKey, topic, atMs]) };
    const topicOf = (campaign: string) => config.campaigns[campaign]?.topic;
    const handle = createFeedback({ sends, stream, logger, control, inboxes, topicOf, limit: { softBounces: 3, withinDays: 10 }, now: () => startMs + 9000 });
    const inboxOf = (address: string) => inboxes.read(addressHash(address), ['offers', '*']);
    const isSuppressed = async (address: string) => (await inboxOf(address)).suppressed;
    const told = () => stream.records.map(({ envelope }) => eventFrom(envelopeFrom(JSON.stringify(envelope)), config));
    return { sends, stream, inboxOf, isSuppressed, optOuts, lines, told, handle };
  }
  const timestamp = new Date(startMs + 5000).toISOString();
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const click = { timestamp, link: 'https://lanternbooks.example/b1', userAgent };
  const event = (eventType: string, detail: object = {}, tags: object = { 'send-id': ['s1'] }) => ({
    source: 'aws.ses',
    detail: { eventType, mail: { messageId: 'ses-1', timestamp: new Date(startMs).toISOString(), destination: ['ana@reader.example'], tags }, ...detail },
  });

  test('puts a click into the stream as an event of the person, and notes it on the send', async () => {
    const { handle, stream, sends } = world();
    await handle(event('Click', { click }));
    const domain = eventFrom(envelopeFrom(JSON.stringify(stream.records[0]?.envelope)), config);
    expect(domain).toMatchObject({ name: 'email_clicked', userKey: 'u#ana', atMs: startMs + 5000, source: 'email', properties: { campaign: 'abandoned_cart', step: 'offer', link: 'https://lanternbooks.example/b1' } });
    expect(sends.records.get('s1')).toMatchObject({ clickedAtMs: startMs + 5000, messageId: 'ses-1' });
  });

  test('gives a duplicate the same message id, so that it counts once', async () => {
    const { handle, stream } = world();
    await handle(event('Open', { open: { timestamp, userAgent } }));
    await handle(event('Open', { open: { timestamp, userAgent } }));
    expect(new Set(stream.records.map(({ envelope }) => envelope.event.messageId)).size).toBe(1);
  });

  test('tells two links that are followed at one instant apart', async () => {
    const { handle, told } = world();
    await handle(event('Click', { click }));
    await handle(event('Click', { click: { ...click, link: 'https://lanternbooks.example/b2' } }));
    expect(new Set(told().map(({ messageHash }) => messageHash)).size).toBe(2);
  });

  test('stores what a machine does under a name of its own, as no sign of life', async () => {
    const { handle, told, sends, lines } = world();
    await handle(event('Open', { open: { timestamp, userAgent: 'Mozilla/5.0' } }));
    await handle(event('Click', { click: { ...click, userAgent: 'curl/8.7.1' } }));
    expect(told().map(({ name, properties }) => [name, properties.why])).toEqual([
      ['email_opened_automatically', 'apple-mail-privacy'],
      ['email_clicked_automatically', 'bot'],
    ]);
    expect(told().map(({ name }) => isOfPerson(name))).toEqual([false, false]);
    expect(sends.records.get('s1')).toMatchObject({ autoOpenedAtMs: startMs + 5000, autoClickedAtMs: startMs + 5000 });
    expect(sends.records.get('s1')?.clickedAtMs).toBeUndefined();
    expect(lines.at(-1)).toMatchObject({ message: 'feedback', automatic: 'bot' });
  });

  test('never turns what was told of a click into something else, but puts the record right', async () => {
    const { handle, told, sends } = world();
    await handle(event('Click', { click }));
    await handle(event('Click', { click: { ...click, link: 'https://lanternbooks.example/b2' } }));
    await handle(event('Click', { click }));
    expect(told().map(({ name }) => name)).toEqual(['email_clicked', 'email_clicked_automatically', 'email_clicked_automatically']);
    expect(told()[2]?.messageHash).toBe(told()[0]?.messageHash);
    expect(sends.records.get('s1')?.clickedAtMs).toBeUndefined();
  });

  test.each([
    [{ unsubscribeAll: true, topicSubscriptionStatus: [{ topicName: 'offers', subscriptionStatus: 'OptIn' }] }, ['*']],
    [{ unsubscribeAll: false, topicSubscriptionStatus: [{ topicName: 'offers', subscriptionStatus: 'OptOut' }, { topicName: 'news', subscriptionStatus: 'OptIn' }] }, ['offers']],
    [{ unsubscribeAll: false, topicSubscriptionStatus: [{ topicName: 'news', subscriptionStatus: 'OptIn' }] }, []],
    [undefined, ['*']],
  ])("takes the person out of what they left in SES's own list, at once: %j", async (newTopicPreferences, topics) => {
    const { handle, optOuts, told } = world();
    await handle(event('Subscription', { subscription: { timestamp, ...(newTopicPreferences && { newTopicPreferences }) } }));
    expect(optOuts).toEqual(topics.map((topic) => ['u#ana', topic, startMs + 5000]));
    expect(told().map(({ name, properties }) => [name, properties.topic])).toEqual(topics.map((topic) => ['email_unsubscribed', topic]));
  });

  test('confirms a claim whose answer was lost, when the event comes', async () => {
    const { handle, sends } = world();
    await handle(event('Send'));
    expect(sends.records.get('s1')).toMatchObject({ sentAtMs: startMs, messageId: 'ses-1' });
  });

  test('ignores mail that Segue did not send, and refuses what is no SES event', async () => {
    const { handle, stream } = world();
    await handle(event('Delivery', { delivery: { timestamp } }, {}));
    expect(stream.records).toEqual([]);
    await expect(handle({ source: 'aws.ses', detail: { eventType: 'Teleport' } })).rejects.toThrow();
  });

  describe('what bounces and complaints do', () => {
    const dayMs = 86_400_000;
    const bounce = (bounceType: string, bounceSubType: string, more: object = {}) => event('Bounce', { bounce: { timestamp, bounceType, bounceSubType, bouncedRecipients: [{ emailAddress: 'ana@reader.example' }], ...more } });
    const complaint = (complaintFeedbackType: string | null | undefined, complaintSubType: string | null = null) =>
      event('Complaint', { complaint: { timestamp, complaintSubType, ...(complaintFeedbackType !== undefined && { complaintFeedbackType }), complainedRecipients: [{ emailAddress: 'ana@reader.example' }] } });
    type Row = [object, suppressed: boolean, mark: string | undefined, told: string | undefined];

    test.each<[string, Row]>([
      ['Permanent General', [bounce('Permanent', 'General'), true, 'bouncedAtMs', 'email_bounced']],
      ['Permanent NoEmail', [bounce('Permanent', 'NoEmail'), true, 'bouncedAtMs', 'email_bounced']],
      ['Permanent Suppressed', [bounce('Permanent', 'Suppressed'), true, 'bouncedAtMs', 'email_bounced']],
      ['a new kind of Permanent', [bounce('Permanent', 'Brand new'), true, 'bouncedAtMs', 'email_bounced']],
      ['Permanent OnAccountSuppressionList', [bounce('Permanent', 'OnAccountSuppressionList'), true, 'rejectedAtMs', 'email_rejected']],
      ['Permanent OnTenantSuppressionList', [bounce('Permanent', 'OnTenantSuppressionList'), true, 'rejectedAtMs', 'email_rejected']],
      ['Permanent EmailValidationSuppressed', [bounce('Permanent', 'EmailValidationSuppressed'), true, 'rejectedAtMs', 'email_rejected']],
      ['Permanent UnsubscribedRecipient', [bounce('Permanent', 'UnsubscribedRecipient'), false, 'rejectedAtMs', 'email_rejected']],
      ['Transient General', [bounce('Transient', 'General'), false, 'softBouncedAtMs', 'email_bounced']],
      ['Transient MailboxFull', [bounce('Transient', 'MailboxFull'), false, 'softBouncedAtMs', 'email_bounced']],
      ['Transient MessageTooLarge', [bounce('Transient', 'MessageTooLarge'), false, 'softBouncedAtMs', 'email_bounced']],
      ['Transient CustomTimeoutExceeded', [bounce('Transient', 'CustomTimeoutExceeded'), false, 'softBouncedAtMs', 'email_bounced']],
      ['Transient ContentRejected', [bounce('Transient', 'ContentRejected'), false, 'softBouncedAtMs', 'email_bounced']],
      ['Transient AttachmentRejected', [bounce('Transient', 'AttachmentRejected'), false, 'softBouncedAtMs', 'email_bounced']],
      ['Undetermined', [bounce('Undetermined', 'Undetermined'), false, 'softBouncedAtMs', 'email_bounced']],
      ['abuse', [complaint('abuse'), true, 'complainedAtMs', 'email_complained']],
      ['fraud', [complaint('fraud'), true, 'complainedAtMs', 'email_complained']],
      ['virus', [complaint('virus'), true, 'complainedAtMs', 'email_complained']],
      ['other', [complaint('other'), true, 'complainedAtMs', 'email_complained']],
      ['a complaint of a new kind', [complaint('brand-new'), true, 'complainedAtMs', 'email_complained']],
      ['a complaint of no kind', [complaint(null), true, 'complainedAtMs', 'email_complained']],
      ['a complaint without a report', [complaint(undefined), true, 'complainedAtMs', 'email_complained']],
      ['not-spam', [complaint('not-spam'), false, undefined, undefined]],
      ['auth-failure', [complaint('auth-failure'), false, undefined, undefined]],
      ['a complaint of OnAccountSuppressionList', [complaint(null, 'OnAccountSuppressionList'), true, 'rejectedAtMs', 'email_rejected']],
      ['DeliveryDelay', [event('DeliveryDelay', { deliveryDelay: { timestamp, delayType: 'MailboxFull' } }), false, 'delayedAtMs', 'email_delayed']],
      ['Reject', [event('Reject', { reject: { reason: 'Bad content' } }), false, 'rejectedAtMs', 'email_rejected']],
      ['Rendering Failure', [event('Rendering Failure', { failure: { errorMessage: 'no', templateName: 't' } }), false, 'failedAtMs', 'email_failed']],
    ])('%s', async (_kind, [told, suppressed, mark, name]) => {
      const w = world();
      await w.handle(told);
      await w.handle(told);
      expect(await w.isSuppressed('ana@reader.example')).toBe(suppressed);
      const marks = ['bouncedAtMs', 'softBouncedAtMs', 'complainedAtMs', 'rejectedAtMs', 'delayedAtMs', 'failedAtMs'] as const;
      expect(marks.filter((one) => w.sends.records.get('s1')?.[one] !== undefined)).toEqual(mark === undefined ? [] : [mark]);
      expect([...new Set(w.told().map((one) => one.name))]).toEqual(name === undefined ? [] : [name]);
      expect(new Set(w.told().map(({ messageHash }) => messageHash)).size).toBeLessThanOrEqual(1);
    });

    test('SES knows that somebody has left: they have, of this topic, and with this address', async () => {
      const w = world();
      await w.handle(bounce('Permanent', 'UnsubscribedRecipient'));
      expect(w.optOuts).toEqual([['u#ana', 'offers', startMs + 5000]]);
      expect((await w.inboxOf('ana@reader.example')).decisions.unsubscribedAtMs).toEqual({ offers: startMs + 5000 });
    });

    const softly = (subType: string, sendId: string, atMs: number) =>
      event('Bounce', { bounce: { timestamp: new Date(atMs).toISOString(), bounceType: 'Transient', bounceSubType: subType, bouncedRecipients: [{ emailAddress: 'ANA@reader.example' }] } }, { 'send-id': [sendId] });
    async function bouncing(...bounces: [subType: string, sendId: string, day: number][]) {
      const w = world();
      for (const [, sendId] of bounces) w.sends.records.set(sendId, { sendId, userKey: 'u#ana', campaign: 'abandoned_cart', step: 'offer', executionName: sendId, claimedAtMs: startMs });
      for (const [subType, sendId, day] of bounces) await w.handle(softly(subType, sendId, startMs + day * dayMs));
      return w;
    }

    test.each<[string, boolean, [string, string, number][]]>([
      ['as many within the days', true, [['MailboxFull', 'a', 0], ['MailboxFull', 'b', 5], ['General', 'c', 10]]],
      ['as many, told in another order', true, [['General', 'c', 10], ['MailboxFull', 'a', 0], ['MailboxFull', 'b', 5]]],
      ['fewer', false, [['MailboxFull', 'a', 0], ['MailboxFull', 'b', 5]]],
      ['as many over more days', false, [['MailboxFull', 'a', 0], ['MailboxFull', 'b', 5], ['MailboxFull', 'c', 10.1]]],
      ['one email that bounces again and again', false, [['MailboxFull', 'a', 0], ['MailboxFull', 'a', 1], ['MailboxFull', 'a', 2], ['MailboxFull', 'a', 3]]],
      ['emails that were at fault themselves', false, [['ContentRejected', 'a', 0], ['MessageTooLarge', 'b', 1], ['AttachmentRejected', 'c', 2], ['CustomTimeoutExceeded', 'd', 3]]],
    ])('soft bounces suppress: %s', async (_what, suppressed, bounces) => {
      const w = await bouncing(...bounces);
      expect(await w.isSuppressed('ana@reader.example')).toBe(suppressed);
      expect(w.lines.some(({ message }) => message === 'an address is suppressed after repeated soft bounces')).toBe(suppressed);
    });

    test('an answer of absence is no bounce: the email was delivered, whichever SES tells first', async () => {
      const delivery = (sendId: string) => event('Delivery', { delivery: { timestamp } }, { 'send-id': [sendId] });
      const w = await bouncing(['General', 'a', 0], ['General', 'b', 1]);
      for (const sendId of ['a', 'b']) await w.handle(delivery(sendId));
      w.sends.records.set('c', { sendId: 'c', userKey: 'u#ana', campaign: 'abandoned_cart', step: 'offer', executionName: 'c', claimedAtMs: startMs });
      await w.handle(delivery('c'));
      await w.handle(softly('General', 'c', startMs + 2 * dayMs));
      expect(await w.isSuppressed('ana@reader.example')).toBe(false);
      expect([...w.sends.records.values()].map(({ softBounces }) => softBounces)).toEqual([undefined, undefined, undefined, undefined]);
    });
  });

  describe("SES's own records", () => {
    test('of one bounce among three recipients suppress that one alone', async () => {
      const w = world();
      await w.handle(notifications.bounceOfOne);
      expect(await Promise.all(['jane@example.com', 'JANE@Example.com', 'mary@example.com', 'richard@example.com'].map(w.isSuppressed))).toEqual([true, true, false, false]);
    });

    test('of a bounce without a delivery report suppress both', async () => {
      const w = world();
      await w.handle(notifications.bounceOfTwo);
      expect(await Promise.all(['jane@example.com', 'richard@example.com', 'mary@example.com'].map(w.isSuppressed))).toEqual([true, true, false]);
    });

    test('of a complaint suppress who may have complained', async () => {
      const w = world();
      await w.handle(notifications.complaint);
      expect(await Promise.all(['richard@example.com', 'jane@example.com'].map(w.isSuppressed))).toEqual([true, false]);
    });

    test('of every other kind are understood, and suppress nobody', async () => {
      const { bounceOfOne: _one, bounceOfTwo: _two, complaint: _complaint, ...others } = notifications;
      const w = world();
      for (const notification of Object.values(others)) await w.handle(notification);
      for (const address of ['jane@example.com', 'recipient@example.com']) expect(await w.isSuppressed(address)).toBe(false);
    });
  });

  describe('an email is opened once', () => {
    const opened = (atMs: number) => event('Open', { open: { timestamp: new Date(atMs).toISOString(), userAgent } });
    const clicked = (atMs: number, link = 'https://lanternbooks.example/b1') => event('Click', { click: { timestamp: new Date(atMs).toISOString(), link, userAgent } });
    const dayMs = 86_400_000;

    test('so nothing is told of what a person does again days later, but of another link', async () => {
      const w = world();
      await w.handle(opened(startMs + 60_000));
      await w.handle(clicked(startMs + 90_000));
      const first = w.told().length;
      for (let day = 3; day < 9; day += 1) {
        await w.handle(opened(startMs + day * dayMs));
        await w.handle(clicked(startMs + day * dayMs + 60_000));
      }
      expect(w.told()).toHaveLength(first);
      await w.handle(clicked(startMs + 9 * dayMs, 'https://lanternbooks.example/b2'));
      expect(w.told()).toHaveLength(first + 1);
    });

    test('and what was told first is told again when SES repeats it, for it may not have arrived', async () => {
      const w = world();
      await w.handle(opened(startMs + 60_000));
      await w.handle(opened(startMs + 5 * dayMs));
      await w.handle(opened(startMs + 60_000));
      expect(new Set(w.told().map(({ messageHash }) => messageHash)).size).toBe(1);
      expect(w.told()).toHaveLength(2);
    });
  });
});
