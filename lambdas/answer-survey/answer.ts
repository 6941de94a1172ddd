import { maxCommentLength, type SurveyAnswer } from '../domain/surveys/survey.ts';
import type { Html } from '../domain/pages/html.ts';
import type { PageLook } from '../domain/pages/look.ts';
import type { Config } from '../schemas/config.ts';

export type Survey = Config['surveys'][string];

/** The survey in a language, as far as it is translated. */
export function surveyIn(survey: Survey, language: string): Survey {
  const own = Object.hasOwn(survey.locales, language) ? survey.locales[language] : undefined;
  if (own === undefined) return survey;
  return { ...survey, question: own.question, answers: survey.answers.map((answer) => ({ ...answer, label: own.labels[answer.value] ?? answer.label })) };
}

/** What the person entered, to be shown again when it is not valid. */
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
export function readAnswer({ answer, comment }: Draft, { answers }: Survey, { text }: PageLook): SurveyAnswer | { problem: Html } {
  if (answer === undefined || !answers.some(({ value }) => value === answer)) return { problem: text('chooseOne') };
  if (comment.length > maxCommentLength) return { problem: text('commentTooLong', { length: comment.length, count: maxCommentLength }) };
  return { answer, ...(comment !== '' && { comment }) };
}
