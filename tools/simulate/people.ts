import type { PersonStore } from '../../lambdas/adapters/profiles/profile-store.ts';
import { carriesContent, emptyContent, withEvent, type Content } from '../../lambdas/domain/profile/content.ts';
import type { RecordTransition } from '../../lambdas/domain/profile/effects.ts';
import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import type { Plan } from '../../lambdas/domain/plan/plan.ts';

export interface Person {
  profile: Profile;
  content: Content;
  /** Events that `content` does not show yet; few people's content is ever asked for. */
  pending: DomainEvent[];
  /** The last due time that was put on the agenda. */
  queuedAtMs?: number;
}

export interface Watchers {
  saved(person: Person): void;
  changed(userKey: string, transition: RecordTransition): void;
  /** The profile becomes part of another one. */
  pointed(profile: Profile, knownKey: string): void;
}

/** The people of one history, in memory, in place of the profile table. There is one writer, so no write can conflict. */
export class People implements PersonStore {
  readonly all = new Map<string, Person>();
  readonly #plan: Plan;
  readonly #watchers: Watchers;

  constructor(plan: Plan, watchers: Watchers) {
    this.#plan = plan;
    this.#watchers = watchers;
  }

  person(userKey: string): Person {
    let person = this.all.get(userKey);
    if (person === undefined) {
      person = { profile: emptyProfile(userKey), content: emptyContent(), pending: [] };
      this.all.set(userKey, person);
    }
    return person;
  }

  /** The person whom a key means: an anonymous profile that was merged means the known one. */
  owner(userKey: string): Person {
    const person = this.person(userKey);
    return person.profile.mergedInto === undefined ? person : this.person(person.profile.mergedInto);
  }

  note(person: Person, event: DomainEvent): void {
    if (carriesContent(event, this.#plan.config)) person.pending.push(event);
  }

  contentOf(person: Person): Content {
    if (person.pending.length > 0) {
      const content = person.pending.reduce((before, event) => withEvent(before, event, this.#plan), person.content);
      person.content = { ...content, version: content.version + 1 };
      person.pending = [];
    }
    return person.content;
  }

  async load(userKey: string, withContent: boolean) {
    const person = this.all.get(userKey);
    if (person === undefined) return { profile: emptyProfile(userKey), content: withContent ? emptyContent() : undefined };
    return { profile: person.profile, content: withContent ? this.contentOf(person) : undefined };
  }

  async erasedAtMs() {
    return undefined;
  }

  async saveProfile(profile: Profile): Promise<Profile> {
    const person = this.person(profile.userKey);
    person.profile = { ...profile, version: profile.version + 1 };
    this.#watchers.saved(person);
    return person.profile;
  }

  async saveContent(userKey: string, content: Content): Promise<Content> {
    const person = this.person(userKey);
    person.content = { ...content, version: content.version + 1 };
    return person.content;
  }

  /** Nobody expires within a file. */
  async keepContent(): Promise<void> {}

  async point(anonymousKey: string, knownKey: string): Promise<Profile> {
    const person = this.person(anonymousKey);
    const { profile } = person;
    if (profile.mergedInto === undefined) {
      this.#watchers.pointed(profile, knownKey);
      person.profile = { ...profile, dueAtMs: undefined, mergedInto: knownKey, version: profile.version + 1 };
    }
    return person.profile;
  }

  async close(anonymousKey: string): Promise<void> {
    const person = this.person(anonymousKey);
    person.profile = { ...person.profile, closed: true };
  }

  /** Whose history it is shows in the profiles; nobody asks for the refusal. */
  async recordRefusedMerge(): Promise<void> {}

  /** A simulation tells of segments and emails; conversions are in the events that it was given. */
  async recordConversion(): Promise<void> {}
  async copyRecords(): Promise<void> {}
  async recordWorkflow(): Promise<void> {}
  async endedOf(): Promise<Set<string>> {
    return new Set();
  }

  /** The workflow has ended, as Step Functions would say. */
  closeRun({ userKey, executionName }: { userKey: string; executionName: string }): void {
    const person = this.owner(userKey);
    const runs = Object.entries(person.profile.runs).filter(([, run]) => run.executionName !== executionName);
    person.profile = { ...person.profile, runs: Object.fromEntries(runs) };
  }

  async recordTransition(userKey: string, transition: RecordTransition): Promise<void> {
    this.#watchers.changed(userKey, transition);
  }
}
