import { maxCommentLength, type SurveyAnswer } from '../domain/surveys/survey.ts';
import type { Config } from '../schemas/config.ts';

export type Survey = Config['surveys'][string];

/** What the form holds, to be shown again when something about it is wrong. */
export interface Draft {
  answer: string | undefined;
  comment: string;
}

/** @param query of the link, which chooses an answer in advance */
export const draftOfLink = (query: Record<string, string | undefined> | null): Draft => ({ answer: query?.answer, comment: '' });

/** A browser sends line ends as CRLF, but counts them as one character. */
export const draftOfForm = (form: URLSearchParams): Draft => ({
  answer: form.get('answer') ?? undefined,
  comment: (form.get('comment') ?? '').replaceAll('\r\n', '\n').trim(),
});

/** The answer that a form gives, or what is wrong with it. */
export function readAnswer({ answer, comment }: Draft, { answers }: Survey): SurveyAnswer | { problem: string } {
  if (answer === undefined || !answers.some(({ value }) => value === answer)) return { problem: 'Please choose one of the answers.' };
  if (comment.length > maxCommentLength) return { problem: `The comment has ${comment.length} characters; there is room for ${maxCommentLength}.` };
  return { answer, ...(comment !== '' && { comment }) };
}
