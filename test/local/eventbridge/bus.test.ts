import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AsyncInvoke } from '../../../local/lambda/async-invoke.ts';
import { matchesPattern, openEventBus, type BusEvent } from '../../../local/eventbridge/bus.ts';
import { createResolver } from '../../../local/step-functions/intrinsics.ts';

const event: BusEvent = {
  version: '0',
  id: '1',
  'detail-type': 'Email Opened',
  source: 'aws.ses',
  account: '0',
  time: '2026-01-01T00:00:00Z',
  region: 'eu-west-1',
  resources: [],
  detail: { mail: { tags: { 'ses:configuration-set': ['segue-dev'], step: ['offer'] } } },
};

describe('event patterns', () => {
  it.each([
    [{ source: ['aws.ses'] }, true],
    [{ source: ['aws.s3', 'aws.ses'], detail: { mail: { tags: { 'ses:configuration-set': ['segue-dev'] } } } }, true],
    [{ source: ['aws.ses'], detail: { mail: { tags: { 'ses:configuration-set': ['segue-prod'] } } } }, false],
    [{ 'detail-type': [{ prefix: 'Email' }] }, true],
    [{ detail: { mail: { tags: { none: [{ exists: false }] } } } }, true],
    [{ detail: { mail: { tags: { step: [{ 'anything-but': ['offer'] }] } } } }, false],
  ])('%j -> %s', (pattern, expected) => expect(matchesPattern(pattern, event)).toBe(expected));

  it('names an operator that it does not know', () =>
    expect(() => matchesPattern({ source: [{ wildcard: '*' }] }, event)).toThrow('wildcard'));
});

describe('the bus', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bus-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (invoke: AsyncInvoke, abort = new AbortController()) => {
    const resources = {
      Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['aws.ses'] }, Targets: [{ Arn: 'fn' }] } },
    };
    const template = { stackName: 't', resources, parameters: {}, conditions: {}, mappings: {}, assetFolders: new Map() };
    return openEventBus(
      createResolver(template, { region: 'r', accountId: '0', apiUrl: '' }),
      folder,
      invoke,
      () => undefined,
      abort.signal,
    );
  };

  it('passes an event to the targets of the rules that match, once', async () => {
    const seen: unknown[] = [];
    const bus = open(async (arn, one) => void seen.push([arn, one]));
    bus.publish(event);
    bus.publish({ ...event, source: 'aws.s3' });
    await bus.close();
    expect(seen).toEqual([['fn', event]]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('delivers after a restart what a stop cut off', async () => {
    const abort = new AbortController();
    const first = open(
      async (_arn, _event, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
      abort,
    );
    first.publish(event);
    abort.abort();
    await first.close();
    const seen: unknown[] = [];
    await open(async (_arn, one) => void seen.push(one)).close();
    expect(seen).toEqual([event]);
  });
});
