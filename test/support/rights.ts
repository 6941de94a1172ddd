import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { ControlStore } from '../../lambdas/adapters/control-store.ts';
import type { SurveyStore } from '../../lambdas/adapters/survey-store.ts';
import type { SurveyRecord } from '../../lambdas/domain/surveys/survey.ts';
import type { SigningKey, SurveyClaim } from '../../lambdas/domain/links/tokens.ts';
import { surveyKey } from './fakes.ts';

export const signingKey: SigningKey = { keyId: '0000000a', secret: 'test secret' };

export const signingKeys = { signingKey: async () => signingKey, signingKeyById: async (keyId: string) => (keyId === signingKey.keyId ? signingKey : undefined) };

/** Opt-outs in memory, with the conditions of the control table. */
export class MemoryOptOuts implements Pick<ControlStore, 'optOut' | 'optIn' | 'optOuts'> {
  readonly items = new Map<string, { atMs: number; left: boolean }>();
  /** Decisions in the order in which they were told. */
  readonly told: string[] = [];

  async optOut(userKey: string, topic: string, atMs: number): Promise<void> {
    this.#decide(userKey, topic, { atMs, left: true });
  }

  async optIn(userKey: string, topic: string, atMs: number): Promise<void> {
    this.#decide(userKey, topic, { atMs, left: false });
  }

  async optOuts(userKey: string, topics: readonly string[]) {
    const times = (left: boolean) =>
      Object.fromEntries(
        topics.flatMap((topic) => {
          const item = this.items.get(`${userKey}#${topic}`);
          return item?.left === left ? [[topic, item.atMs]] : [];
        }),
      );
    return { unsubscribedAtMs: times(true), resubscribedAtMs: times(false) };
  }

  #decide(userKey: string, topic: string, item: { atMs: number; left: boolean }): void {
    const id = `${userKey}#${topic}`;
    this.told.push(`${item.left ? '-' : '+'}${id}`);
    const known = this.items.get(id);
    if (known === undefined || known.atMs < item.atMs || (known.atMs === item.atMs && item.left)) this.items.set(id, item);
  }
}

export class MemorySurveys implements SurveyStore {
  readonly records: Map<string, SurveyRecord>;

  /** @param records where they are kept, such as beside profiles */
  constructor(records = new Map<string, SurveyRecord>()) {
    this.records = records;
  }

  async get(claim: SurveyClaim): Promise<SurveyRecord | undefined> {
    return this.records.get(surveyKey(claim));
  }

  async put(record: SurveyRecord): Promise<boolean> {
    if ((this.records.get(surveyKey(record))?.change ?? 0) !== record.change - 1) return false;
    this.records.set(surveyKey(record), structuredClone(record));
    return true;
  }
}

/** A call of a page by its link, as API Gateway hands it on. */
export function pageCall(httpMethod: 'GET' | 'POST', token: string, more: { body?: string; query?: Record<string, string>; base64?: boolean } = {}): APIGatewayProxyEvent {
  const { body = null, query = null, base64 = false } = more;
  return {
    httpMethod,
    pathParameters: { token },
    queryStringParameters: query,
    body: body !== null && base64 ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded: base64,
  } as unknown as APIGatewayProxyEvent;
}
