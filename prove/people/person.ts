import type { World } from '../world/world.ts';
import type { Random } from '../time/random.ts';
import { inboxOf } from './address.ts';
import { Client, type Deed } from './client.ts';

export interface Device {
  anonymousId: string;
  /** Somebody is logged in on it. */
  userId?: string | undefined;
}

const products = ['b1', 'b2', 'b3', 'b4', 'b5'];
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** One visitor of the shop, with an account from the moment they sign up. */
export class Person {
  readonly name: string;
  readonly userId: string;
  /** The address, as the person types it. */
  email = '';
  /** All that the person has, or has had. */
  readonly inboxes = new Set<string>();
  hasAccount = false;
  private readonly world: World;
  private readonly random: Random;
  private readonly devices: Device[];
  private readonly browser: Client;
  private readonly server: Client;
  private readonly moves: Random;
  private orders = 0;
  private signsUp = true;

  constructor(world: World, random: Random, name: string, devices: Device[]) {
    this.world = world;
    this.random = random;
    this.name = name;
    this.userId = `u-${name}`;
    this.use(`${name}@mail.example`);
    this.moves = random.fork('moves');
    this.devices = devices;
    this.browser = new Client(world, random);
    this.server = new Client(world, random);
  }

  use(email: string): void {
    this.email = email;
    this.inboxes.add(inboxOf(email));
  }

  get deviceIds(): string[] {
    return this.devices.map(({ anonymousId }) => anonymousId);
  }

  /** Has the shop forget them. Their devices do not know, and stay logged in. */
  closeAccount(): void {
    this.hasAccount = false;
    this.signsUp = false;
  }

  mayReturn(): void {
    this.signsUp = true;
  }

  /** Comes now and then until the end. */
  live(untilMs: number): void {
    const { clock } = this.world;
    const come = () => {
      if (clock.now() >= untilMs) return;
      this.visit();
      clock.after(this.random.exponential(this.random.pick([3 * hourMs, 1.2 * dayMs, 2 * dayMs])), come);
    };
    clock.after(this.random.next() * 2 * dayMs, come);
    if (this.moves.chance(0.15)) clock.after(this.moves.next() * (untilMs - clock.now()), () => this.changeAddress());
  }

  /** Gets another mailbox, and tells the shop. What the person has decided stays theirs. */
  private changeAddress(): void {
    this.use(`${this.name}@new.example`);
    if (this.hasAccount) this.server.say([{ person: this.name, type: 'identify', name: 'identify', source: 'server', userId: this.userId, traits: { email: this.email } }]);
  }

  /** A few things in a row. */
  visit(): void {
    const { clock } = this.world;
    const device = this.random.pick(this.devices);
    let delayMs = 0;
    for (let left = this.random.int(1, 4); left > 0; left -= 1) {
      clock.after(delayMs, () => this.act(device));
      delayMs += this.random.pick([0, 200, 5000, 4 * minuteMs]);
    }
  }

  private act(device: Device): void {
    const roll = this.random.next();
    const delayMs = this.random.chance(0.06) ? this.random.int(minuteMs, 5 * hourMs) : 0;
    const product = this.random.pick(products);
    if (roll < 0.12) this.web(device, [this.track('page_viewed', {})], delayMs);
    else if (roll < 0.34) this.web(device, [this.track('product_viewed', book(product)), ...(this.random.chance(0.3) ? [this.track('product_viewed', book(this.random.pick(products)))] : [])], delayMs);
    else if (roll < 0.58) this.web(device, [this.track('add_to_cart', book(product))], delayMs);
    else if (roll < 0.62) this.web(device, [this.track('remove_from_cart', book(product))], delayMs);
    else if (roll < 0.68) this.web(device, [this.track('wishlist_saved', book(product))], delayMs);
    else if (roll < 0.74) device.userId = undefined;
    else if (this.hasAccount && roll < 0.86) this.logIn(device);
    else if (this.hasAccount) this.buy([product]);
    else if (this.signsUp) this.signUp(device);
  }

  signUp(device: Device = this.random.pick(this.devices)): void {
    this.hasAccount = true;
    const { userId } = this;
    const identify: Deed = { person: this.name, type: 'identify', name: 'identify', source: 'server', userId, traits: { email: this.email, marketing_consent: true } };
    const signedUp: Deed = { person: this.name, type: 'track', name: 'signed_up', source: 'server', userId, properties: {}, ...(this.random.chance(0.5) && { anonymousId: device.anonymousId }) };
    this.server.say(this.random.shuffled([identify, signedUp]));
    if (this.random.chance(0.8)) this.logIn(device);
  }

  private logIn(device: Device): void {
    device.userId = this.userId;
    this.web(device, [this.track('page_viewed', {})]);
  }

  /** The shop's server tells of an order, with a coupon or without; the page sometimes does as well. */
  buy(productIds: string[]): string {
    this.orders += 1;
    const order = `o-${this.name}-${this.orders}`;
    const deed: Deed = { person: this.name, type: 'track', name: 'purchase', source: 'server', userId: this.userId, properties: { order_id: order, total: 20, currency: 'EUR', products: productIds.map(book) } };
    this.server.say([deed]);
    if (this.random.chance(0.2)) this.web(this.random.pick(this.devices), [this.track('purchase', { order_id: order, products: productIds.map(book) })]);
    return order;
  }

  private track(name: string, properties: Record<string, unknown>): Pick<Deed, 'name' | 'properties'> {
    return { name, properties };
  }

  private web({ anonymousId, userId }: Device, deeds: readonly Pick<Deed, 'name' | 'properties'>[], delayMs = 0): void {
    this.browser.say(
      deeds.map((deed) => ({ ...deed, person: this.name, type: 'track' as const, source: 'web' as const, userId, anonymousId })),
      { delayMs },
    );
  }

  /** Puts something into the cart, together with everybody else. */
  rush(): void {
    this.server.say([{ person: this.name, type: 'track', name: 'add_to_cart', source: 'server', userId: this.userId, properties: book(this.random.pick(products)) }]);
  }

  /** Asks, when all is calm, whether a campaign still takes them in. */
  probe(campaign: string): void {
    const [eventId = ''] = this.server.say([{ person: this.name, type: 'track', name: 'add_to_cart', source: 'server', userId: this.userId, properties: book('b1') }], { isSafe: true });
    this.world.history.add({ what: 'probe', person: this.name, key: `u#${this.userId}`, campaign, eventId });
  }
}

const book = (id: string): Record<string, unknown> => ({ product_id: id, name: `Book ${id}`, price: 12, url: `https://lanternbooks.example/${id}` });
