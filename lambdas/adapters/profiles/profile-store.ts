import type { Content } from '../../domain/profile/content.ts';
import type { RecordConversion, RecordTransition, WorkflowEnd } from '../../domain/profile/effects.ts';
import type { Profile } from '../../domain/profile/profile.ts';
import type { SurveyRecord } from '../../domain/surveys/survey.ts';

export interface Loaded {
  profile: Profile;
  content: Content | undefined;
}

/** What the handlers need of the profile table; tests have one in memory. */
export interface ProfileStore {
  load(userKey: string, withContent: boolean): Promise<Loaded>;
  /**
   * Loads many in as few calls as there can be. Keys that do not exist come back as empty profiles, which say when they were erased. Those
   * that a busy table has left unread are missing from the answer.
   * @throws when it has left all of several people unread
   */
  loadMany(wanted: readonly { userKey: string; withContent: boolean }[]): Promise<Map<string, Loaded>>;
  /** When a person without a profile was erased, if they were. */
  erasedAtMs(userKey: string): Promise<number | undefined>;
  /**
   * Writes version n+1 over version n.
   * @returns the profile with its new version
   * @throws WriteConflict when the stored version is not n
   */
  saveProfile(profile: Profile): Promise<Profile>;
  /**
   * Like saveProfile, for the content item.
   * @param expiresAtMs that of the profile
   */
  saveContent(userKey: string, content: Content, expiresAtMs?: number): Promise<Content>;
  /** Gives the content item, if there is one, the expiry of its profile. */
  keepContent(userKey: string, expiresAtMs: number | undefined): Promise<void>;
  /**
   * Makes an anonymous profile part of a known one: from now on its events follow and its own state stands still.
   * @param byWeb only a web key says so
   * @param expiresAtMs how long it is remembered whose device that was
   * @returns the frozen profile; its `mergedInto` names another profile when that one has it already
   */
  point(anonymousKey: string, knownKey: string, byWeb?: boolean, expiresAtMs?: number): Promise<Profile>;
  /** Marks a frozen profile as merged: its history has been added, and its outbox carried out. */
  close(anonymousKey: string): Promise<void>;
  recordTransition(userKey: string, transition: RecordTransition): Promise<void>;
  /** Records a conversion; once for each event, however often it is delivered. */
  recordConversion(userKey: string, conversion: RecordConversion): Promise<void>;
  /** Records the start of a workflow, and later its end; in any order, and repeatable. */
  recordWorkflow(userKey: string, workflow: StoredWorkflow): Promise<void>;
  /** The ends of these workflows, by execution name, where they are recorded. */
  endedOf(userKey: string, workflows: readonly Pick<StoredWorkflow, 'executionName' | 'entryAtMs'>[]): Promise<Set<string>>;
  /** Copies the conversions, workflows and survey answers of a profile to the one that it is merged into. Counts skip merged profiles. */
  copyRecords(fromKey: string, toKey: string): Promise<void>;
  /** Records that a merge was refused because the history belongs to somebody else. */
  recordRefusedMerge(userKey: string, refused: RefusedMerge): Promise<void>;
  /** Keys of due profiles in one shard of the index, the most overdue first, in pages. A profile that fails does not appear on the next page. */
  due(dueShard: string, nowMs: number, pageSize: number): AsyncIterable<string[]>;
  /** Postpones a profile that cannot be settled. The pause doubles each time, up to a day; the profile's next write ends it. */
  postpone(userKey: string, nowMs: number): Promise<void>;
  /**
   * All profiles with their records, without merged ones. Slices of the table can be read at the same time.
   * @param slice one of `of` parts of the table, counted from 0
   */
  people(slice?: { part: number; of: number }): AsyncIterable<PersonRecords>;
  /** Every profile, page by page. */
  scan(): AsyncIterable<Profile>;
}

/** The methods that are needed to commit one person's events. */
export type PersonStore = Pick<ProfileStore, 'load' | 'erasedAtMs' | 'saveProfile' | 'saveContent' | 'keepContent' | 'point' | 'close' | 'recordTransition' | 'recordConversion' | 'recordWorkflow' | 'endedOf' | 'copyRecords' | 'recordRefusedMerge'>;

/** The same for a batch of people. */
export type BatchStore = PersonStore & Pick<ProfileStore, 'loadMany'>;

export interface RefusedMerge {
  anonymousKey: string;
  /** Whose history it is. */
  owner: string;
  atMs: number;
}

export type StoredTransition = Omit<RecordTransition, 'kind'>;
export type StoredConversion = Omit<RecordConversion, 'kind' | 'id'>;
/** A workflow of the person; fields that are missing while it runs are set at its end. */
export type StoredWorkflow = Pick<WorkflowEnd, 'campaign' | 'executionName' | 'entryAtMs'> & Partial<Pick<WorkflowEnd, 'endedAtMs' | 'outcome' | 'error'>>;
export type StoredAnswer = Omit<SurveyRecord, 'userKey'>;

/** Of about the last 400 days, oldest first. */
export interface PersonRecords {
  profile: Profile;
  transitions: StoredTransition[];
  conversions: StoredConversion[];
  workflows: StoredWorkflow[];
  /** The last one by each survey link. */
  answers: StoredAnswer[];
}
