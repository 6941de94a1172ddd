import { Operator } from '../world/operator.ts';
import type { World } from '../world/world.ts';
import type { Random } from '../time/random.ts';
import type { Person } from './person.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Somebody asks the shop to forget them, in the middle of everything; some of them come back. */
export class Erasures {
  private readonly world: World;
  private readonly random: Random;
  private readonly people: readonly Person[];

  constructor(world: World, random: Random, people: readonly Person[]) {
    this.world = world;
    this.random = random;
    this.people = people;
  }

  begin(untilMs: number): void {
    const { clock } = this.world;
    if (!this.random.chance(0.3)) return;
    // Who shares a computer or a mailbox leaves traces that are the other one's as well.
    const alone = this.people.filter((person) => this.people.every((other) => other === person || !sharesWith(person, other)));
    for (const person of alone) if (this.random.chance(0.5)) clock.after(dayMs + this.random.next() * (untilMs - clock.now() - 2 * dayMs), () => void this.erase(person));
  }

  private async erase(person: Person): Promise<void> {
    const { clock, history } = this.world;
    if (!person.hasAccount) return;
    const operator = new Operator(this.world, this.random);
    const { name, userId, deviceIds } = person;
    person.closeAccount();
    const subjects = [this.random.pick([userId, userId, person.email, ...deviceIds.slice(0, 1)]), userId];
    for (const [round, subject] of subjects.entries()) {
      // What was on its way into the archive is there an hour later, and the manual says to run it again.
      if (round > 0) await clock.sleep(hourMs + this.random.int(0, 5) * hourMs);
      history.add({ what: 'erasing', person: name, subject, key: `u#${userId}`, deviceIds, inboxes: [...person.inboxes] });
      if (await operator.erase(subject)) history.add({ what: 'erased', person: name, subject });
    }
    if (this.random.chance(0.5)) person.mayReturn();
  }
}

const sharesWith = (one: Person, other: Person): boolean => one.deviceIds.some((id) => other.deviceIds.includes(id)) || [...one.inboxes].some((inbox) => other.inboxes.has(inbox));
