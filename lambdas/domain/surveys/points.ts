import type { Config } from '../../schemas/config.ts';
import { answeredEvent, type DomainEvent } from '../events/event.ts';

export interface AnswerPoints {
  score: string;
  points: number;
  /** When they were earned; they decay from then on. */
  atMs: number;
}

/**
 * Points for the answer of a `survey_answered` event. When somebody changes their answer, the points of the answer before are taken back as of the time they were
 * earned, so only the last answer counts, in whatever order the events come.
 */
export function answerPoints({ surveys }: Pick<Config, 'surveys'>, { name, properties, atMs }: Pick<DomainEvent, 'name' | 'properties' | 'atMs'>): AnswerPoints[] {
  if (name !== answeredEvent) return [];
  const { survey, answer, previous_answer: before, previous_at_ms: beforeMs } = properties;
  if (typeof survey !== 'string' || !Object.hasOwn(surveys, survey)) return [];
  const pointsOf = (value: unknown) => Object.entries(surveys[survey]?.answers.find((one) => one.value === value)?.points ?? {});
  const earned = pointsOf(answer).map(([score, points]) => ({ score, points, atMs }));
  if (typeof beforeMs !== 'number' || beforeMs > atMs) return earned;
  return [...earned, ...pointsOf(before).map(([score, points]) => ({ score, points: -points, atMs: beforeMs }))];
}

/** Scores that some answer moves. */
export const answerScores = ({ surveys }: Pick<Config, 'surveys'>): string[] => [
  ...new Set(Object.values(surveys).flatMap(({ answers }) => answers.flatMap(({ points = {} }) => Object.keys(points)))),
];
