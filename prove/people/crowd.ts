import type { TaskPlace } from '../aws/states/service.ts';
import type { World } from '../world/world.ts';
import { inboxOf } from './address.ts';
import { codesIn, Inbox } from './inbox.ts';
import { Person, type Device } from './person.ts';

/** Everybody in the shop during one run. */
export class Crowd {
  private readonly world: World;
  readonly people: Person[];

  constructor(world: World) {
    const { history, random } = world;
    this.world = world;
    const own = random.fork('people');
    const isRush = own.chance(0.08);
    const count = isRush ? 16 : own.int(2, 5);
    const devices: Device[][] = Array.from({ length: count }, (_, place) => Array.from({ length: own.int(1, 2) }, (_unused, device) => ({ anonymousId: `d-${place + 1}-${device + 1}` })));
    // A computer that two people use.
    if (count > 1 && own.chance(0.15)) devices[1]?.push(devices[0]?.[0] as Device);
    this.people = devices.map((list, place) => new Person(world, own.fork(`p${place + 1}`), `p${place + 1}`, list));
    // A couple with one mailbox, each with an account of their own.
    const [first, second] = this.people;
    if (first && second && own.fork('couple').chance(0.25)) second.use(first.email.toUpperCase());
    const inbox = new Inbox(world, own.fork('inbox'), this.people);
    world.onMail = (mail, by) => {
      const place = by?.by as TaskPlace | undefined;
      history.add({ what: 'mail', messageId: mail.messageId, to: inboxOf(mail.to), campaign: mail.tags.campaign ?? '', step: mail.tags.step ?? '', codes: codesIn(mail).map((code) => world.nameOfCode(code)), invocation: by?.id ?? 0, ...(place && { execution: place.executionName }) });
      inbox.receive(mail);
    };
    this.isRush = isRush;
  }

  private readonly isRush: boolean;

  begin(untilMs: number): void {
    const { clock, hot } = this.world;
    // While somebody's items cannot be written, everybody comes.
    if (hot !== undefined) for (const atMs of [hot.fromMs + 1000, (hot.fromMs + hot.untilMs) / 2]) clock.at(atMs, () => this.people.forEach((person) => person.visit()));
    if (!this.isRush) return this.people.forEach((person) => person.live(untilMs));
    // A sale: all come within a minute, and everything that follows happens at once as well.
    for (const person of this.people) {
      person.signUp();
      clock.after(60_000, () => person.rush());
    }
  }

  probe(): void {
    for (const person of this.people) if (person.hasAccount) person.probe('abandoned_cart');
  }
}
