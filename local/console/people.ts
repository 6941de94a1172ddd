import { ScanCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { decodeProfile, type ProfileItem } from '../../lambdas/adapters/profiles/codec.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import { scoreAt } from '../../lambdas/domain/rules/score.ts';
import { dayMs } from '../../lambdas/domain/time.ts';
import type { Config } from '../../lambdas/schemas/config.ts';

export interface Transition {
  from: string | null;
  to: string;
  atMs: number;
  [reason: string]: unknown;
}

export interface Person {
  userKey: string;
  segment?: string;
  segmentSinceMs?: number;
  /** The probability by which the classifier decided, where it did. */
  byModel?: number;
  scores: Record<string, number>;
  /** Workflows that run for the person, by execution name. */
  workflows: string[];
  /** The last workflow that failed, by campaign. */
  failures: Profile['failures'];
  /** Set on an anonymous profile that became part of a known one. */
  mergedInto?: string;
  transitions: Transition[];
}

/** Reads all profiles. A scan: fine for what one machine holds, and the deployed code has none. */
export async function readPeople(client: DynamoDBDocumentClient, table: string, config: Config, nowMs: number): Promise<Person[]> {
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: table, ...(start && { ExclusiveStartKey: start }) }));
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  const transitions = Map.groupBy(
    items.filter(({ part }) => String(part).startsWith('transition#')),
    ({ userKey }) => String(userKey),
  );
  return items
    .filter(({ part }) => part === 'profile')
    .map((item) => person(item as unknown as ProfileItem, transitions.get(String(item.userKey)) ?? [], config, nowMs))
    .sort((a, b) => a.userKey.localeCompare(b.userKey));
}

function person(item: ProfileItem, transitions: Record<string, unknown>[], config: Config, nowMs: number): Person {
  const profile = decodeProfile(item);
  const scores = Object.entries(config.scores).map(
    ([name, { halfLifeDays }]) => [name, Math.round(scoreAt(profile.scores[name], nowMs, halfLifeDays * dayMs) * 10) / 10] as const,
  );
  return {
    userKey: profile.userKey,
    ...(profile.segment && { segment: profile.segment.name, segmentSinceMs: profile.segment.sinceMs, ...(profile.segment.byModel !== undefined && { byModel: profile.segment.byModel }) }),
    scores: Object.fromEntries(scores),
    workflows: Object.values(profile.runs).map(({ executionName }) => executionName),
    failures: profile.failures,
    ...(profile.mergedInto !== undefined && { mergedInto: profile.mergedInto }),
    transitions: transitions
      .map(({ userKey: _userKey, part: _part, expiresAtS: _expiresAtS, ...rest }) => rest as unknown as Transition)
      .sort((a, b) => a.atMs - b.atMs),
  };
}
