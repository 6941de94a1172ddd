/** What happened in a run, told by the world and by nothing of the product. Times are those of the world's own clock. */
export type Happening =
  /** A person does something. */
  | { what: 'event'; eventId: string; person: string; name: string; key: string; source: 'web' | 'server'; happenedAtMs: number; properties: Record<string, unknown> }
  /** The client was told that the event is taken. */
  | { what: 'acknowledged'; eventId: string }
  /** A record lies in the stream. Forwarded ones carry the id of the event that they repeat; `effectiveAtMs` is the time of the event, with the device's clock corrected as Segment does. */
  | { what: 'record'; sequenceNumber: string; partitionKey: string; eventId?: string; name: string; effectiveAtMs: number; by: string }
  | { what: 'dead-letter'; sequenceNumbers: string[]; where: 'unreadable' | 'given-up' | 'feedback' }
  | { what: 'invoked'; invocation: number; function: string; payload?: unknown; sequenceNumbers?: string[] }
  | { what: 'slept'; invocation: number }
  | { what: 'returned'; invocation: number; function: string; answer?: unknown; error?: string; failed?: string[] }
  /** A profile was stored that has this workflow. */
  | { what: 'entry'; execution: string; campaign: string; profile: string }
  /** A record waits outside of the stream, since its person's items cannot be written; then it is dealt with. */
  | { what: 'held'; sequenceNumber: string }
  | { what: 'released'; sequenceNumber: string }
  /** The history of a visitor's profile has arrived in that of a known person. */
  | { what: 'joined'; profile: string; into: string }
  | { what: 'started'; execution: string; machine: string; input: string }
  | { what: 'entered'; execution: string; state: string }
  | { what: 'ended'; execution: string; status: string; error?: string; cause?: string }
  | { what: 'mail'; messageId: string; to: string; invocation: number; execution?: string; campaign: string; step: string; codes: string[] }
  /** The product has been told of an SES event, and has said that it is done with it. */
  | { what: 'feedback'; messageId: string; type: string; bounceType?: string; to: string; happenedAtMs: number }
  /** A page, or a mail program's one click, has answered 200. */
  | { what: 'unsubscribed'; messageId: string; to: string; topic: string }
  | { what: 'redeemed'; code: string; order: string; status: number }
  | { what: 'probe'; person: string; key: string; campaign: string; eventId: string }
  /** An operator begins to erase somebody, by an id or an address; and has been told that it is done. */
  | { what: 'erasing'; person: string; subject: string; key: string; deviceIds: readonly string[]; inboxes: readonly string[] }
  | { what: 'erased'; person: string; subject: string }
  | { what: 'world'; note: string };

export type Entry = { atMs: number } & Happening;
export type Of<What extends Happening['what']> = Extract<Entry, { what: What }>;

export class History {
  readonly entries: Entry[] = [];
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  add(happening: Happening): void {
    this.entries.push({ atMs: this.now(), ...happening });
  }

  all<What extends Happening['what']>(what: What): Of<What>[] {
    return this.entries.filter((entry): entry is Of<What> => entry.what === what);
  }
}

/** One line for a person to read. */
export function lineOf({ atMs, what, ...rest }: Entry): string {
  const told = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${new Date(atMs).toISOString()} ${what.padEnd(12)} ${told.join(' ')}`;
}
