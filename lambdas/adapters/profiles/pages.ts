import { ScanCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Profile } from '../../domain/profile/profile.ts';
import { decodeProfile, type ProfileItem } from './codec.ts';

export type Cursor = Record<string, unknown>;

export interface ProfilePages {
  /**
   * One page of a part of the profile table, up to 1 MB of it.
   * @param slice one of `of` parts, counted from 0; the same `of` must be used from the first page to the last
   * @param cursor of the page before
   * @param fields the attributes to read; the rest is left empty
   * @returns the profiles, and the next cursor unless this was the last page
   */
  read(slice: { part: number; of: number }, cursor: Cursor | undefined, fields: Fields): Promise<{ profiles: Profile[]; next?: Cursor }>;
}

/** Attributes of what calibration measures, of what the rules of segments ask for, and of both. */
export const projections = {
  scores: ['userKey', 'part', 'ver', 'sco', 'mon', 'into'],
  rules: ['userKey', 'part', 'ver', 'sco', 'sig', 'tra', 'con', 'uns', 'res', 'thr', 'seg', 'into'],
  candidates: ['userKey', 'part', 'ver', 'sco', 'mon', 'sig', 'tra', 'con', 'uns', 'res', 'thr', 'seg', 'into'],
} as const satisfies Record<string, readonly (keyof ProfileItem)[]>;
export type Fields = keyof typeof projections;

export function createProfilePages(client: DynamoDBDocumentClient, table: string): ProfilePages {
  return {
    async read({ part, of }, cursor, fields) {
      const names = projections[fields];
      const { Items = [], LastEvaluatedKey: next } = await client.send(
        new ScanCommand({
          TableName: table,
          Segment: part,
          TotalSegments: of,
          FilterExpression: '#part = :profile',
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: { ':profile': 'profile' },
          ProjectionExpression: names.map((name) => `#${name}`).join(', '),
          ...(cursor && { ExclusiveStartKey: cursor }),
        }),
      );
      return { profiles: Items.map((item) => decodeProfile(item as ProfileItem)), ...(next && { next }) };
    },
  };
}
