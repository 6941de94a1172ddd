import { expect, test } from 'vitest';
import config from '../../../examples/bookstore/segue.config.ts';
import { isInHoldout } from '../../../lambdas/domain/campaigns/variants.ts';
import { eventually } from '../../support/runtime.ts';
import { dayMs, hourMs, hoursSince, put, type Scene } from '../../support/scene.ts';

const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
const simulator = 'simulator.amazonses.com';

/** Mailboxes, carts, opens, bounces and draws as those see them who get the emails. */
export function mailAsPeopleTakeIt(scene: Scene): void {
  const { account, happens, tells, mailsAt, mailsTo, mailOf, endOf, leaves, report, workflowsOf } = scene;

  test('one inbox: two accounts get one email a day, and what is left by a link in one counts for both, noted on that email', async () => {
    await account('twin1', 'twins@reader.example', { name: 'signed_up' });
    await account('twin2', 'Twins@Reader.example', { name: 'signed_up' });
    const [first, second] = await eventually('both hellos', () => (mailsAt('twins@reader.example').length >= 2 ? mailsAt('twins@reader.example') : undefined), 90_000);
    expect(hoursSince(second!.sentAtMs, first!.sentAtMs)).toBeGreaterThan(23.9);

    await account('mate1', 'mates@reader.example', { name: 'signed_up' });
    const hello = await eventually('the hello', () => mailsAt('mates@reader.example')[0], 90_000);
    for (let time = 0; time < 2; time += 1) await leaves(hello);
    await account('mate2', 'MATES@reader.example', { name: 'signed_up' });
    expect((await endOf('mate2', 'welcome')).ended?.output).toContain('unsubscribed');
    expect(mailsAt('mates@reader.example')).toHaveLength(1);
    const row = await eventually('the unsubscribe in the report', async () => {
      const found = (await report()).campaigns.find(({ campaign }) => campaign === 'welcome')?.emails.find(({ step }) => step === 'hello');
      return (found?.unsubscribed ?? 0) > 0 ? found : undefined;
    });
    expect(row.unsubscribed).toBe(1);
  }, 180_000);

  test('one inbox: who has left a topic keeps to it under another address', async () => {
    await account('otis', 'otis@reader.example', put({}));
    await leaves(await mailOf('otis', 'offer'));
    await endOf('otis', 'abandoned-cart');
    await account('otis', 'otis@new.example', put({ product_id: 'dracula', name: 'Dracula' }));
    expect((await endOf('otis', 'abandoned-cart', 1)).ended?.output).toContain('unsubscribed');
    expect(mailsAt('otis@new.example')).toEqual([]);
  }, 180_000);

  test('carts: two, one taken out, is still a cart, which is mailed two days after it was touched last; nothing of something is none', async () => {
    const nowMs = () => scene.runtime.clock.nowMs();
    await account('quinn', 'quinn@reader.example', put({ quantity: 2 }, nowMs() - 30 * hourMs));
    await account('nil', 'nil@reader.example', put({ quantity: 0 }));
    await happens('quinn', [{ name: 'remove_from_cart', properties: { product_id: 'emma', quantity: 1 } }]);
    await happens('quinn', [put({ product_id: 'dracula', name: 'Dracula', variant: 'paper', quantity: 1 })]);
    const touchedAtMs = nowMs();
    const offer = await mailOf('quinn', 'offer');
    expect(hoursSince(offer.sentAtMs, touchedAtMs)).toBeGreaterThanOrEqual(47.9);
    for (const title of ['Emma', 'Dracula']) expect(offer.text).toContain(title);
    // Two days later, nothing of something has started nothing.
    expect(workflowsOf('nil', '')).toEqual([]);
    expect(mailsTo('nil')).toEqual([]);
  }, 180_000);

  test('carts: an order covers the cart that another clock dates seconds later, whichever is told first', async () => {
    const orderedAtMs = scene.runtime.clock.nowMs();
    await account('olga', 'olga@reader.example', put({}, orderedAtMs + 5000));
    await happens('olga', [{ name: 'purchase', properties: { product_id: 'emma', total: 10 }, atMs: orderedAtMs }]);
    await account('otto', 'otto@reader.example', { name: 'purchase', properties: { product_id: 'emma', total: 10 }, atMs: orderedAtMs });
    await happens('otto', [put({}, orderedAtMs + 5000)]);
    expect(await endOf('olga', 'abandoned-cart')).toMatchObject({ status: 'ABORTED', ended: { error: 'Exited' } });
    expect(workflowsOf('otto', 'abandoned-cart')).toEqual([]);
    expect(mailsTo('olga').filter(({ tags }) => tags.step === 'offer')).toEqual([]);
  }, 120_000);

  test('one email is of interest once: twelve fetches of its picture are one open', async () => {
    const scoreOf = (above: number) => eventually('the score', async () => (await scene.runtime.people()).find(({ userKey, scores }) => userKey === 'u#ines' && (scores.engagement ?? 0) > above)?.scores.engagement);
    await account('ines', 'ines@reader.example', { name: 'signed_up' });
    const { html = '' } = await mailOf('ines', 'hello');
    const picture = /http:[^"]+\/_ses\/open\/[\w-]+/.exec(html)?.[0] ?? '';
    for (let fetched = 0; fetched < 12; fetched += 1) {
      expect((await fetch(picture, { headers: browser })).status).toBe(200);
      // A quarter of an hour passes here, so that the fetches lie hours apart in all.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const opened = await scoreOf(0);
    await happens('ines', [{ name: 'wishlist_saved', properties: { product_id: 'emma' } }]);
    expect(await scoreOf(opened)).toBeLessThanOrEqual(5 + 3);
  }, 120_000);

  test('feedback: an address that SES withholds is not mailed again, and counts neither as bounced nor as complained about', async () => {
    await account('sup', `suppressionlist@${simulator}`, { name: 'signed_up' });
    await eventually('the hello', () => mailsAt(`suppressionlist@${simulator}`)[0], 90_000);
    await account('sup2', `SUPPRESSIONLIST@${simulator}`, { name: 'signed_up' });
    expect((await endOf('sup2', 'welcome')).ended?.output).toContain('suppressed');
    expect(mailsAt(`suppressionlist@${simulator}`)).toHaveLength(1);
    expect((await report()).campaigns.flatMap(({ emails }) => emails).reduce((sum, { bounced, complained }) => sum + bounced + complained, 0)).toBe(0);
  }, 180_000);

  test('feedback: a mailbox that is full again and again gets nothing more, one that a report clears of spam does', async () => {
    const told = (to: string, eventType: string, part: object, count = 1) =>
      Promise.all(
        Array.from({ length: count }, (_, index) => {
          const timestamp = new Date(scene.runtime.clock.nowMs() + index * hourMs).toISOString();
          const mail = { messageId: `${to}-${index}`, timestamp, destination: [to] };
          return scene.runtime.invoke('segue-dev-record-feedback', { source: 'aws.ses', detail: { eventType, mail, [eventType.toLowerCase()]: { timestamp, ...part } } });
        }),
      );
    await told('full@reader.example', 'Bounce', { bounceType: 'Transient', bounceSubType: 'MailboxFull' }, config.suppression.softBounces);
    await told('wide@reader.example', 'Bounce', { bounceType: 'Transient', bounceSubType: 'ContentRejected' }, config.suppression.softBounces);
    await told('wide@reader.example', 'Complaint', { complaintFeedbackType: 'not-spam' });
    await account('full', 'full@reader.example', { name: 'signed_up' });
    await account('wide', 'wide@reader.example', { name: 'signed_up' });
    expect((await endOf('full', 'welcome')).ended?.output).toContain('suppressed');
    await mailOf('wide', 'hello');
    expect(mailsTo('full')).toEqual([]);
  }, 120_000);

  test('draws: a visitor who logs in stays where they were drawn, held out or not', async () => {
    const isHeldOut = (key: string) => isInHoldout(config, 'win_back', config.campaigns.win_back!, key);
    const drawn = (prefix: string, name: string, wanted: boolean) => Array.from({ length: 300 }, (_, index) => `${name}${index}`).find((id) => isHeldOut(`${prefix}#${id}`) === wanted) as string;
    // Each is drawn one way by the device, and the other way by the account.
    const people = [true, false].map((heldOut) => ({ heldOut, anonymousId: drawn('a', `draw-${heldOut}-device`, heldOut), userId: drawn('u', `draw-${heldOut}-user`, !heldOut) }));
    const agoMs = scene.runtime.clock.nowMs() - 89.7 * dayMs;
    const timestamp = (ms: number) => new Date(ms).toISOString();
    for (const { anonymousId } of people) await tells([{ type: 'track', anonymousId, event: 'page_viewed', timestamp: timestamp(agoMs) }]);
    for (const { anonymousId, userId } of people) await tells([{ type: 'identify', anonymousId, userId, traits: { email: `${userId}@reader.example`, marketing_consent: true }, timestamp: timestamp(agoMs + hourMs) }]);
    for (const { heldOut, userId } of people) {
      const { ended } = await endOf(userId, 'win-back');
      expect([userId, /holdout/.test(ended?.output ?? ''), mailsTo(userId).length > 0]).toEqual([userId, heldOut, !heldOut]);
    }
  }, 180_000);
}
