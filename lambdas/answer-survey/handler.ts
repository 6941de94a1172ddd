import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { ProfileStore } from '../adapters/profiles/store.ts';
import type { Stream } from '../adapters/stream.ts';
import type { SurveyStore } from '../adapters/survey-store.ts';
import { wholeProfile } from '../adapters/profiles/whole-profile.ts';
import { WriteConflict } from '../domain/errors.ts';
import { formIn, pageAnswer } from '../domain/pages/person-page.ts';
import { answeredEnvelope, recordOf, type SurveyAnswer, type SurveyRecord } from '../domain/surveys/survey.ts';
import { claimIn, readSurvey, type SurveyClaim } from '../domain/links/tokens.ts';
import type { Config } from '../schemas/config.ts';
import { draftOfForm, draftOfLink, readAnswer } from './answer.ts';
import { formPage, invalidPage, thanksPage } from './page.ts';

export interface Deps {
  config: Pick<Config, 'sender' | 'surveys'>;
  control: Pick<ControlStore, 'signingKeyById'>;
  profiles: Pick<ProfileStore, 'load'>;
  answers: SurveyStore;
  stream: Stream;
  logger: Logger;
  now: () => number;
}

const attempts = 5;

/** The survey behind a link of an email. Mail scanners follow links, so GET records nothing, whatever answer it names; POST does. */
export function createHandler(deps: Deps) {
  const { sender, surveys } = deps.config;
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const claim = await claimIn(event.pathParameters?.token ?? '', readSurvey, deps.control);
    const survey = claim && Object.hasOwn(surveys, claim.question) ? surveys[claim.question] : undefined;
    if (claim === undefined || survey === undefined) return pageAnswer(claim === undefined ? 400 : 410, invalidPage(sender.name, claim !== undefined));
    if (event.httpMethod !== 'POST') return pageAnswer(200, formPage(sender.name, survey, draftOfLink(event.queryStringParameters)));
    const draft = draftOfForm(formIn(event));
    const given = readAnswer(draft, survey);
    if ('problem' in given) return pageAnswer(400, formPage(sender.name, survey, draft, given.problem));
    const record = await keep(deps, claim, given);
    if (record === undefined) return pageAnswer(409, thanksPage(sender.name, undefined));
    await deps.stream.put([answeredEnvelope(record)]);
    deps.logger.info('survey answered', { survey: claim.question, campaign: claim.campaign, step: claim.step, answer: record.answer });
    return pageAnswer(200, thanksPage(sender.name, survey.answers.find(({ value }) => value === record.answer)));
  };
}

/** @returns what is kept, or undefined when the link has been used too often. @throws WriteConflict */
async function keep({ profiles, answers, now }: Deps, claim: SurveyClaim, given: SurveyAnswer): Promise<SurveyRecord | undefined> {
  const { userKey, segment } = await wholeProfile(profiles, claim.userKey);
  const own = { ...claim, userKey };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await answers.get(own);
    const record = recordOf(own, given, before, now(), segment?.name);
    if (record === undefined || record === before || (await answers.put(record))) return record;
  }
  throw new WriteConflict(`survey answer, ${attempts} attempts`);
}
