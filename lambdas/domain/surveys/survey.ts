import { shortHash } from '../hash.ts';
import { ownEnvelope } from '../events/own-event.ts';
import { answeredEvent } from '../events/event.ts';
import type { SurveyClaim } from '../links/tokens.ts';

/** What a person says to a survey. */
export interface SurveyAnswer {
  /** `value` of one of the survey's answers. */
  answer: string;
  comment?: string;
}

/** The last answer of a person to one survey link. */
export interface SurveyRecord extends SurveyClaim, SurveyAnswer {
  /** Counts the different answers that were given by this link. */
  change: number;
  atMs: number;
  /** The answer before this one, if there was any. */
  previous?: { answer: string; atMs: number };
}

export const maxCommentLength = 1000;
/** People may change their answer, but a link must not be able to fill the event log. */
export const maxChanges = 10;

/**
 * What to keep of an answer: the latest. Repeating the last answer is the same change, so a form that is sent twice
 * counts once.
 * @param segment where the person is now, for a link that does not say where they were when they were asked
 * @returns undefined when the link has been used too often: the last answer stands
 */
export function recordOf(claim: SurveyClaim, given: SurveyAnswer, before: SurveyRecord | undefined, atMs: number, segment: string | undefined): SurveyRecord | undefined {
  if (before !== undefined && before.answer === given.answer && before.comment === given.comment) return before;
  const change = (before?.change ?? 0) + 1;
  return change > maxChanges ? undefined : { ...(segment !== undefined && { segment }), ...claim, ...given, change, atMs, ...(before && { previous: { answer: before.answer, atMs: before.atMs } }) };
}

/** The answer as an event of the stream, the same for the same change. */
export function answeredEnvelope({ userKey, campaign, step, question, answer, comment, change, atMs, previous }: SurveyRecord): ReturnType<typeof ownEnvelope> {
  const messageId = `survey:${shortHash([userKey, campaign, step, question, change], 22)}`;
  const properties = {
    survey: question,
    campaign,
    step,
    answer,
    ...(comment !== undefined && { comment }),
    ...(previous && { previous_answer: previous.answer, previous_at_ms: previous.atMs }),
  };
  return ownEnvelope({ userKey, name: answeredEvent, messageId, properties, receivedAtMs: atMs });
}
