import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { defineStages, StagesError } from '../../lambdas/schemas/stages.ts';
import { readStage } from '../../lib/stage.ts';

const stages = defineStages({ dev: {}, prod: { region: 'eu-west-1', account: '123456789012', shards: 4, alarmEmail: 'ops@example.com' } });
const read = (context: Record<string, unknown>) => readStage(new App({ context }), stages);

describe('the stage of a synth', () => {
  it('is dev, with defaults', () => {
    expect(read({})).toEqual({ shop: '.', stageName: 'dev', shards: 1, streamRetentionHours: 24, tracing: false, archive: true, keyLimits: {}, hold: false });
  });

  it('is the one that is named', () => {
    expect(read({ stage: 'prod' })).toMatchObject({ stageName: 'prod', region: 'eu-west-1', account: '123456789012', shards: 4, alarmEmail: 'ops@example.com' });
  });

  it('has nothing but defaults and a product feed for the local runtime, whatever the owner deploys', () => {
    const own = defineStages({ dev: { region: 'eu-west-1', shards: 8, tracing: true } });
    expect(readStage(new App({ context: { local: true } }), own)).toEqual({ shop: '.', stageName: 'dev', shards: 1, streamRetentionHours: 24, tracing: false, archive: true, keyLimits: {}, hold: false, productFeed: { key: 'products/', everyHours: 6 } });
  });

  it.each(['', 'Prod', 'constructor', 'toString', 7])('is refused as %j, with what there is', (stage) => {
    expect(() => read({ stage })).toThrow(`stage ${JSON.stringify(stage)}: must be one of dev, prod, which stages.ts describes`);
  });

  it.each(['shards', 'alarmEmail'])('takes %s from the file, not from the command line', (name) => {
    expect(() => read({ [name]: '4' })).toThrow(`-c ${name}: is a field of the stage in stages.ts`);
  });
});

describe('stages.ts', () => {
  const problemsOf = (input: unknown) => {
    try {
      defineStages(input as Parameters<typeof defineStages>[0]);
    } catch (error) {
      if (error instanceof StagesError) return error.message.split('\n');
      throw error;
    }
    throw new Error('was accepted');
  };

  it('says all that is wrong at once, with path, value and what is allowed', () => {
    expect(problemsOf({ prod: { shards: 0, region: 'Frankfurt', alarmEmail: 'ops', account: '12', streamRetentionHours: 12, shard: 2 } })).toEqual([
      'stages.ts has 6 problems:',
      '  prod.region: "Frankfurt": must be a region such as eu-west-1',
      '  prod.account: "12": must be an account id of twelve digits, in quotes',
      '  prod.shards: 0: Too small: expected number to be >=1',
      '  prod.alarmEmail: "ops": Invalid email address',
      '  prod.streamRetentionHours: 12: Too small: expected number to be >=24',
      expect.stringContaining('shard'),
    ]);
  });

  it('takes a name for the API only with what proves it, and in its own zone', () => {
    const hostedZone = { id: 'Z0123456789ABC', name: 'example.com' };
    const of = (domain: unknown) => problemsOf({ prod: { domain } }).at(-1);
    expect(of({ name: 'events.example.com' })).toContain('prod.domain: {"name":"events.example.com"}: needs certificateArn or hostedZone');
    expect(of({ name: 'events.example.org', hostedZone })).toContain('name must lie in the hosted zone');
    expect(of({ name: 'evilexample.com', hostedZone })).toContain('name must lie in the hosted zone');
    expect(of({ name: 'https://events.example.com', hostedZone })).toContain('prod.domain.name: "https://events.example.com": must be a host name such as events.example.com');
    expect(defineStages({ prod: { domain: { name: 'events.example.com', hostedZone } } }).prod!.domain).toEqual({ name: 'events.example.com', hostedZone });
  });

  it.each(['Prod', '1st', 'prod-eu', 'a'.repeat(21)])('refuses the name %s', (name) => {
    expect(problemsOf({ [name]: {} }).join('\n')).toContain('must be 1 to 20 lower-case letters and digits, starting with a letter');
  });

  it('describes at least one stage', () => {
    expect(problemsOf({}).join('\n')).toContain('must describe at least one stage');
  });
});
