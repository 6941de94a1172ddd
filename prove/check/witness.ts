/** Attributes of an item of the profile table that the rules ask for, as they lie there. */
export interface ProfileRow {
  userKey: string;
  part: string;
  /** By id of the signal; first the count. */
  sig?: Record<string, [count: number, ...unknown[]]>;
  run?: Record<string, { campaign: string; executionName: string }>;
  out?: unknown[];
  into?: string;
  clo?: boolean;
  dueAtMs?: number;
  orderId?: string;
  event?: string;
}

export interface SendRow {
  sendId: string;
  userKey?: string;
  campaign?: string;
  executionName?: string;
  messageId?: string;
  sentAtMs?: number;
}

export interface Witness {
  profiles: readonly ProfileRow[];
  sends: readonly SendRow[];
  /** Id of the signal that counts an event, by the event's name. */
  signalOf: Readonly<Record<string, string>>;
  maxPerDay?: number | undefined;
  maxPerWeek?: number | undefined;
  maxPerSecond: number;
  asksConsent: boolean;
  /** How long a profile is kept of which only web keys speak. */
  webProfileDays: number;
  campaigns: Readonly<Record<string, { machine: string; topic: string; transactional: boolean; exitEvent?: string | undefined; isOnce: boolean; firstStep: string; firstWaitMs: number }>>;
  people: readonly { name: string; key: string; inboxes: readonly string[]; hasAccount: boolean }[];
  /** So many emails that did not arrive, within so many days, and the address gets no more. */
  softBounces: { softBounces: number; withinDays: number };
  /** Address to which SES never takes anything. */
  refusedForGood?: string | undefined;
  /** Executions without an end. */
  running: readonly string[];
  mostSkewMs: number;
  /** Key of the only profile with which anything went wrong. */
  onlyTroubled?: string | undefined;
  isRefreshStuck: boolean;
  /** All items, by table. */
  tables: Readonly<Record<string, readonly unknown[]>>;
  /** Every version of every object in the archive and among the dead letters, line by line, with records in them as text. */
  objects: readonly { key: string; sinceMs: number; lines: readonly string[] }[];
}

/** The profile that a key's events belong to in the end. */
export function rootOf({ profiles }: Witness): (key: string) => string {
  const into = new Map(profiles.flatMap(({ userKey, part, into: target }) => (part === 'profile' && target !== undefined ? [[userKey, target] as const] : [])));
  return (key) => {
    let here = key;
    for (let hop = 0; hop < 5; hop += 1) here = into.get(here) ?? here;
    return here;
  };
}
