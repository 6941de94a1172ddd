import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Logger } from '../adapters/logger.ts';
import type { ProfileStore } from '../adapters/profiles/profile-store.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import type { Stream } from '../adapters/stream.ts';
import type { SurveyStore } from '../adapters/survey-store.ts';
import { wasErased, wholePerson, wholeProfile } from '../adapters/profiles/whole-profile.ts';
import { languagesOfBrowser, pageLook, type LookConfig } from '../domain/pages/look.ts';
import { textTrait } from '../domain/profile/content.ts';
import { WriteConflict } from '../domain/errors.ts';
import { formIn, pageAnswer } from '../domain/pages/person-page.ts';
import { answeredEnvelope, recordOf, type SurveyAnswer, type SurveyRecord } from '../domain/surveys/survey.ts';
import { claimIn, readSurvey, type SurveyClaim } from '../domain/links/tokens.ts';
import type { Config } from '../schemas/config.ts';
import { draftOfForm, draftOfLink, readAnswer, surveyIn, type Survey } from './answer.ts';
import { formPage, invalidPage, thanksPage } from './page.ts';

export interface Deps {
  config: LookConfig & Pick<Config, 'surveys'>;
  signingKeys: Pick<SigningKeys, 'signingKeyById'>;
  profiles: Pick<ProfileStore, 'load' | 'erasedAtMs'>;
  answers: SurveyStore;
  stream: Stream;
  logger: Logger;
  now: () => number;
}

const attempts = 5;

/** The survey behind a link of an email. Mail scanners follow links, so GET records nothing, whatever answer it names; POST does. */
export function createHandler(deps: Deps) {
  const { surveys } = deps.config;
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const claim = await claimIn(event.pathParameters?.token ?? '', readSurvey, deps.signingKeys);
    const person = claim && (await wholePerson(deps.profiles, claim.userKey));
    const look = pageLook(deps.config, [person?.content && textTrait(person.content, 'locale'), ...languagesOfBrowser(event.headers)]);
    const survey = claim && Object.hasOwn(surveys, claim.question) ? surveyIn(surveys[claim.question] as Survey, look.language) : undefined;
    if (claim === undefined || survey === undefined) return pageAnswer(look, claim === undefined ? 400 : 410, invalidPage(look, claim !== undefined));
    if (event.httpMethod !== 'POST') return pageAnswer(look, 200, formPage(look, survey, draftOfLink(event.queryStringParameters)));
    const draft = draftOfForm(formIn(event));
    const given = readAnswer(draft, survey, look);
    if ('problem' in given) return pageAnswer(look, 400, formPage(look, survey, draft, given.problem));
    if (person !== undefined && (await wasErased(deps.profiles, person.profile))) return pageAnswer(look, 200, thanksPage(look, survey.answers.find(({ value }) => value === given.answer)));
    const record = await keep(deps, claim, given);
    if (record === undefined) return pageAnswer(look, 409, thanksPage(look, undefined));
    await deps.stream.put([answeredEnvelope(record)]);
    deps.logger.info('survey answered', { survey: claim.question, campaign: claim.campaign, step: claim.step, answer: record.answer });
    return pageAnswer(look, 200, thanksPage(look, survey.answers.find(({ value }) => value === record.answer)));
  };
}

/** @returns the stored record, or undefined when the link has been used too often. @throws WriteConflict */
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
