import type { TakenMail } from '../aws/ses.ts';
import type { Random } from '../time/random.ts';
import { publicUrl } from '../world/functions.ts';
import type { World } from '../world/world.ts';
import { inboxOf } from './address.ts';
import type { Person } from './person.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What becomes of an email: SES tells of it in any order and more than once, and the person opens, clicks, buys, leaves or complains. */
export class Inbox {
  private readonly world: World;
  private readonly random: Random;
  private readonly people: readonly Person[];
  /** A mailbox that is full, for as long as the run lasts. */
  private readonly full: string | undefined;

  constructor(world: World, random: Random, people: readonly Person[]) {
    this.world = world;
    this.random = random;
    this.people = people;
    const trouble = random.fork('trouble');
    this.full = trouble.chance(0.1) ? inboxOf(people[0]?.email ?? '') : undefined;
  }

  /** Whoever has the mailbox, or had it; of two, one reads the email. */
  private readerOf({ to, messageId }: TakenMail): Person | undefined {
    const readers = this.people.filter((person) => person.inboxes.has(inboxOf(to)));
    return readers.length < 2 ? readers[0] : this.random.fork(messageId).pick(readers);
  }

  receive(mail: TakenMail): void {
    const { random } = this;
    this.tell(mail, 'Send', 0);
    if (inboxOf(mail.to) === this.full) return this.bounce(mail, 'Transient', 'MailboxFull');
    if (random.chance(0.03)) return this.bounce(mail, random.pick(['Permanent', 'Transient']), 'General');
    this.tell(mail, 'Delivery', 1500);
    const readAfterMs = random.pick([minuteMs, hourMs, 9 * hourMs]) + random.int(0, minuteMs);
    if (random.chance(0.5)) for (let times = random.int(1, 3); times > 0; times -= 1) this.tell(mail, 'Open', readAfterMs + times * 1000, { open: agent });
    if (random.chance(0.35)) this.tell(mail, 'Click', readAfterMs + 5000, { click: { ...agent, link: 'https://lanternbooks.example/b1' } });
    if (random.chance(0.04)) this.tell(mail, 'Complaint', readAfterMs + 9000, { complaint: { complaintFeedbackType: 'abuse' } });
    if (random.chance(0.1)) this.world.clock.after(readAfterMs, () => void this.leave(mail));
    if (random.chance(0.15)) this.world.clock.after(readAfterMs + random.int(0, hourMs), () => void this.order(mail));
  }

  private bounce(mail: TakenMail, bounceType: string, bounceSubType: string): void {
    this.tell(mail, 'Bounce', 2000, { bounce: { bounceType, bounceSubType } });
  }

  private tell(mail: TakenMail, eventType: string, afterMs: number, part: Record<string, Record<string, unknown>> = {}): void {
    const { bus, history } = this.world;
    const happenedAtMs = mail.atMs + afterMs;
    const timestamp = new Date(happenedAtMs).toISOString();
    const name = eventType.toLowerCase();
    const detail = {
      eventType,
      mail: { messageId: mail.messageId, timestamp: new Date(mail.atMs).toISOString(), destination: [mail.to], tags: Object.fromEntries(Object.entries(mail.tags).map(([tag, value]) => [tag, [value]])) },
      ...(eventType === 'Delivery' && { delivery: { timestamp } }),
      ...(part[name] && { [name]: { ...part[name], timestamp } }),
    };
    bus.put('record-feedback', { version: '0', source: 'aws.ses', 'detail-type': `Email ${eventType}`, detail }, afterMs, (isDone) =>
      history.add(isDone ? { what: 'feedback', messageId: mail.messageId, type: eventType, ...(part.bounce && { bounceType: String(part.bounce.bounceType) }), to: inboxOf(mail.to), happenedAtMs } : { what: 'dead-letter', where: 'feedback', sequenceNumbers: [`${mail.messageId}:${eventType}`] }),
    );
  }

  /** The one click of a mail program; tried until it is answered. */
  private async leave(mail: TakenMail): Promise<void> {
    const token = mail.headers['List-Unsubscribe']?.match(new RegExp(`^<${publicUrl}/u/(.+)>$`))?.[1];
    if (token === undefined) return;
    const { history, shop } = this.world;
    const request = { httpMethod: 'POST', pathParameters: { token }, headers: {}, body: 'List-Unsubscribe=One-Click', isBase64Encoded: false };
    if (!(await this.ask('unsubscribe', request))) return;
    history.add({ what: 'unsubscribed', messageId: mail.messageId, to: inboxOf(mail.to), topic: shop.config.campaigns[mail.tags.campaign ?? '']?.topic ?? '' });
  }

  /** An order with the coupon of the mail; now and then two orders try the same one. */
  private async order(mail: TakenMail): Promise<void> {
    const owner = this.readerOf(mail);
    if (owner === undefined) return;
    const [code] = codesIn(mail);
    const orders = [owner.buy(['b1']), ...(this.random.chance(0.3) ? [owner.buy(['b1'])] : [])];
    if (code === undefined) return;
    await Promise.all(orders.map((order) => this.redeem(owner, code, order)));
  }

  private async redeem(owner: Person, code: string, order: string): Promise<void> {
    const request = { httpMethod: 'POST', requestContext: { authorizer: { keyId: 'key-server', source: 'server' } }, body: JSON.stringify({ code, orderId: order, userId: owner.userId }), isBase64Encoded: false };
    const answer = await this.ask('redeem-coupon', request);
    if (answer) this.world.history.add({ what: 'redeemed', code: this.world.nameOfCode(code), order, status: answer.statusCode });
    // The shop's server may ask once more, in case that it has missed the answer.
    if (answer && this.random.chance(0.3)) await this.ask('redeem-coupon', request);
  }

  private async ask(functionName: string, request: object): Promise<{ statusCode: number } | undefined> {
    for (let attempt = 0; attempt < 6; attempt += 1) {
      if (attempt > 0) await this.world.clock.sleep(attempt * 5000);
      const outcome = await this.world.lambda.invoke(functionName, request);
      if ('value' in outcome) return outcome.value as { statusCode: number };
    }
    return undefined;
  }
}

const agent = { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', ipAddress: '203.0.113.7' };

/** Discount codes as a reader finds them. */
export const codesIn = ({ text }: Pick<TakenMail, 'text'>): string[] => text.match(/\b[A-HJ-NP-Z2-9]{5}-[A-HJ-NP-Z2-9]{5}\b/g) ?? [];
