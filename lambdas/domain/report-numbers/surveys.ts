import type { Config } from '../../schemas/config.ts';
import type { ReportDataInput } from '../../schemas/report.ts';
import type { SurveyRecord } from '../surveys/survey.ts';
import { isIn, type Period } from '../period.ts';
import { absent } from './segment-changes.ts';
import type { Tally } from './tally.ts';

/** The last answer that a person gave by one link. */
export type AnswerRecord = Pick<SurveyRecord, 'question' | 'answer' | 'atMs' | 'segment'>;

/** Places in the names of the tally of answers. */
export const answerPlace = { survey: 0, segment: 1, answer: 2 } as const;

/** Counts the last answer of a person to each survey within the month: somebody asked by several emails counts once. */
export function addAnswers(tally: Tally, answers: readonly AnswerRecord[], period: Period): void {
  const last = new Map<string, AnswerRecord>();
  for (const answer of answers) {
    const known = last.get(answer.question);
    if (isIn(period, answer.atMs) && (known === undefined || answer.atMs >= known.atMs)) last.set(answer.question, answer);
  }
  for (const { question, segment = absent, answer } of last.values()) tally.add([question, segment, answer]);
}

type Survey = NonNullable<ReportDataInput['surveys']>[number];

/** Surveys of the config that were answered. */
export function surveyNumbers(config: Pick<Config, 'surveys' | 'segments' | 'fallback'>, answers: Tally): Survey[] {
  return Object.entries(config.surveys).flatMap(([survey, { question, answers: known }]) => {
    const bySegment = segmentsIn(config, survey, answers).flatMap((segment): Survey['bySegment'] => {
      const counts = known.map(({ value }) => ({ value, count: answers.get(survey, segment, value) })).filter(({ count }) => count > 0);
      const about = config.segments.find(({ name }) => name === segment)?.assumption;
      const { words, confirmedBy, refutedBy } = about ?? {};
      const assumption = about?.survey === survey && words !== undefined && confirmedBy && refutedBy ? { words, confirmedBy, refutedBy } : undefined;
      return counts.length === 0 ? [] : [{ segment: segment === absent ? null : segment, answers: counts, ...(assumption && { assumption }) }];
    });
    return bySegment.length === 0 ? [] : [{ survey, question, answers: known.map(({ value, label }) => ({ value, label })), bySegment }];
  });
}

/** In the order of the config, then those that are no longer in it; "no campaign" comes last. */
function segmentsIn({ segments, fallback }: Pick<Config, 'segments' | 'fallback'>, survey: string, answers: Tally): string[] {
  const found = answers.by(answerPlace.segment, { [answerPlace.survey]: survey }).keys();
  return [...new Set([...[...segments, fallback].map(({ name }) => name), ...[...found].filter((name) => name !== absent), absent])];
}
