import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { SurveyRecord } from '../domain/surveys/survey.ts';
import { expiryS } from '../domain/time.ts';
import type { SurveyClaim } from '../domain/links/tokens.ts';
import { ifConditionHolds } from './conditions.ts';

/** The last answer to each survey link, beside the profile of the person. */
export interface SurveyStore {
  get(claim: SurveyClaim): Promise<SurveyRecord | undefined>;
  /** Stores an answer over the one before it, or the first answer. @returns false when another write came first */
  put(record: SurveyRecord): Promise<boolean>;
}

/** Sort keys of answers begin with it. */
export const surveyPartPrefix = 'survey#';
/** As long as segment changes and conversions. */
const keepDays = 400;

export function createSurveyStore(client: DynamoDBDocumentClient, table: string): SurveyStore {
  const keyOf = ({ userKey, campaign, step, question }: SurveyClaim) => ({ userKey, part: `${surveyPartPrefix}${campaign}#${step}#${question}` });
  return {
    async get(claim) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(claim), ConsistentRead: true }));
      if (Item === undefined) return undefined;
      const { part: _part, expiresAtS: _expires, ...record } = Item;
      return record as SurveyRecord;
    },
    put: (record) =>
      ifConditionHolds(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...record, ...keyOf(record), expiresAtS: expiryS(record.atMs, keepDays) },
            ConditionExpression: 'attribute_not_exists(#change) OR #change = :previous',
            ExpressionAttributeNames: { '#change': 'change' },
            ExpressionAttributeValues: { ':previous': record.change - 1 },
          }),
        ),
      ),
  };
}
