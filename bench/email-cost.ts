import type { Envelope } from '../lambdas/schemas/event.ts';
import { dayMs, hourMs } from '../lambdas/domain/time.ts';
import type { MailEventType } from '../local/ses/events.ts';
import config from '../examples/bookstore/segue.config.ts';
import { definitionOf, interpret, type Answers } from '../test/support/state-machine.ts';
import { emailWorld, type Counted } from './email-world.ts';

type World = Awaited<ReturnType<typeof emailWorld>>;

/**
 * `entry`: the event that starts the workflow. `told`: SES's events, to record-feedback. `folded`: the same from the stream,
 * into the profile. `ended`: Step Functions tells that the execution has ended, and that is folded.
 */
export const parts = ['entry', 'offer', 'reminder', 'told', 'folded', 'ended'] as const;
export type Part = (typeof parts)[number];

/** Counts for each email, as means over people who get both of the abandoned cart and click each; a workflow is two of them. */
export interface EmailCost {
  people: number;
  parts: Record<Part, Counted>;
  /** States that an execution enters. */
  transitions: number;
}

const startMs = Date.parse('2026-09-01T00:00:00Z');
const cart = config.campaigns.abandoned_cart as NonNullable<(typeof config.campaigns)[string]>;
const { siteUrl } = config.sender;
const book = { product_id: 'emma', name: 'Emma', price: 12.9, currency: 'EUR', url: `${siteUrl}/books/emma`, image_url: `${siteUrl}/covers/emma.jpg` };
const reviews = [{ author: 'Cem', stars: 5, text: 'I read it twice.' }];
const reader = { ipAddress: '203.0.113.7', userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0' };

/** What SES tells of an email that somebody reads, and when. Batches of the stream last a second, so each comes with another one. */
const story: { type: MailEventType; afterMs: number; detail: Record<string, unknown> }[] = [
  { type: 'Send', afterMs: 0, detail: {} },
  { type: 'Delivery', afterMs: 2000, detail: { smtpResponse: '250 ok', processingTimeMillis: 1800 } },
  { type: 'Open', afterMs: 2 * hourMs, detail: reader },
  { type: 'Click', afterMs: 2 * hourMs + 30_000, detail: { ...reader, link: book.url } },
];

/** Earlier events of the people: none that starts a campaign or makes them fans. */
const past = ['search', 'video_watched', 'page_viewed', 'search', 'video_watched'];
const pastRounds = 14;

/**
 * Plays the abandoned cart for people who are known already, with the functions' own handlers: entry, offer, what SES tells
 * of it, reminder, and what SES tells of that. The stream's batches hold one record of each person.
 */
export async function benchEmailCost(people = 50): Promise<EmailCost> {
  const world = await emailWorld(startMs);
  try {
    const ids = Array.from({ length: people }, (_, index) => `reader-${String(index).padStart(8, '0')}`);
    await prepare(world, ids);
    const taken: [Part, Counted][] = [];
    const take = (part: Part) => taken.push([part, world.take()]);

    await world.process(ids.map((id) => siteEvent(world, id, 'cart', { event: 'add_to_cart', properties: book })));
    take('entry');
    let dueMs = world.clock.nowMs;
    const answers: Answers = {};
    for (const step of ['offer', 'reminder'] as const) {
      dueMs += (cart.steps[step]?.afterHours ?? 0) * hourMs;
      world.clock.nowMs = dueMs;
      const known = world.mails.length;
      for (const input of world.executions) answers[step] = [await world.send(input, step)];
      take(step);
      const mails = world.mails.slice(known);
      for (const { type, afterMs, detail } of story) {
        world.clock.nowMs = dueMs + afterMs;
        for (const mail of mails) await world.tell(type, mail, detail);
        take('told');
        await world.process(world.fromStream());
        take('folded');
      }
    }
    for (const input of world.executions) await world.end(input);
    await world.process(world.fromStream());
    take('ended');
    const trace = await interpret(definitionOf(cart), world.executions[0] ?? {}, answers);
    const partOf = (part: Part) => meansOf(taken.flatMap(([name, counted]) => (name === part ? [counted] : [])), world.mails.length);
    return { people, parts: Object.fromEntries(parts.map((part) => [part, partOf(part)])) as EmailCost['parts'], transitions: trace.states.length };
  } finally {
    await world.stop();
  }
}

/** Gives people an address, consent and a past: enough for full rings of message ids and for a segment. */
async function prepare(world: World, ids: readonly string[]): Promise<void> {
  await world.control.saveProduct(book.product_id, { atMs: startMs, details: { ...book, rating: 4.6, reviews } });
  const traits = { first_name: 'Ana', marketing_consent: true, locale: 'en-GB', timezone: 'Europe/London' };
  await world.process(ids.map((id) => ({ ...siteEvent(world, id, 'hello', { traits: { ...traits, email: `${id}@mail.example` } }), type: 'identify' as const })));
  await world.process(ids.flatMap((id) => Array.from({ length: pastRounds }, (_, round) => past.map((event, index) => siteEvent(world, id, `past-${round}-${index}`, { event, properties: { path: '/books' } }))).flat()));
  world.clock.nowMs += dayMs;
  world.take();
}

function siteEvent(world: World, userId: string, name: string, event: object): Envelope {
  const messageId = `${userId}-${name}`;
  return { v: 1, type: 'track', receivedAtMs: world.clock.nowMs, keyId: 'k', source: 'server', requestId: messageId, index: 0, event: { messageId, userId, ...event } };
}

function meansOf(list: readonly Counted[], emails: number): Counted {
  const names = Object.keys(list[0] ?? {}) as (keyof Counted)[];
  return Object.fromEntries(names.map((name) => [name, list.reduce((sum, counted) => sum + counted[name], 0) / emails])) as unknown as Counted;
}

if (import.meta.main) console.log(JSON.stringify(await benchEmailCost(), null, 2));
