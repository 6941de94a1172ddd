import type { Source } from '../../schemas/event.ts';
import type { Properties } from './filters.ts';

/** What the pipeline works with: a call with its time corrected, its person named and its content cleaned. */
export interface DomainEvent {
  name: string;
  /** `u#<userId>` for a known person, `a#<anonymousId>` for a browser that nobody has identified. */
  userKey: string;
  /** The anonymous profile whose history belongs to this person, when the event names both. */
  anonymousKey?: string;
  atMs: number;
  receivedAtMs: number;
  properties: Properties;
  traits: Properties;
  /** Stable hash of the message id and of whether a web key sent it, by which a resent event is recognised. */
  messageHash: string;
  /** When it came into the stream: the time of receipt, but for imported history. */
  enteredAtMs: number;
  source: Source;
}

export const knownKey = (userId: string): string => `u#${userId}`;
export const anonymousKey = (anonymousId: string): string => `a#${anonymousId}`;
/** The id in a user key, as the site knows it. */
export const idIn = (userKey: string): string => userKey.slice(2);
export const isAnonymous = (userKey: string): boolean => userKey.startsWith('a#');

/** Events that Segue or the email provider causes, not the person; they do not count as activity. */
const passiveEvents = new Set([
  'workflow_ended',
  'email_sent',
  'email_delivered',
  'email_opened_automatically',
  'email_clicked_automatically',
  'email_bounced',
  'email_complained',
  'email_rejected',
  'email_delayed',
  'email_failed',
]);

/** Can the event be something that the person did? Which of these count as activity is for the config to say; see `isActivity` of the plan. */
export const isOfPerson = (name: string): boolean => !passiveEvents.has(name);

/** Describes a product: it belongs to the catalogue, not to a person. */
export const catalogueEvent = 'product_updated';

/** A workflow execution of the person has ended, in whatever way; told by Step Functions. */
export const workflowEndedEvent = 'workflow_ended';

/** The event of an answer to a survey. */
export const answeredEvent = 'survey_answered';
