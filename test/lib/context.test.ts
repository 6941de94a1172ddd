import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { readContext } from '../../lib/context.ts';

const read = (context: Record<string, unknown>) => readContext(new App({ context }));

describe('settings of a deployment', () => {
  it('have defaults', () => {
    expect(read({})).toEqual({ stageName: 'dev', shardCount: 1 });
  });

  it('come as text from the command line', () => {
    expect(read({ stage: 'prod', shards: '4', alarmEmail: 'ops@example.com' })).toEqual({
      stageName: 'prod',
      shardCount: 4,
      alarmEmail: 'ops@example.com',
    });
  });

  it.each(['', 'Prod', '1st', 'prod-eu', 'a'.repeat(21), 7])('refuse the stage %j', (stage) => {
    expect(() => read({ stage })).toThrow(`stage ${JSON.stringify(stage)}: must be 1 to 20 lower-case letters and digits`);
  });

  it.each(['0', '1.5', 'many', 201])('refuse %j shards', (shards) => {
    expect(() => read({ shards })).toThrow(`shards ${JSON.stringify(shards)}: must be a whole number from 1 to 200`);
  });

  it('refuse an alarm address that is none', () => {
    expect(() => read({ alarmEmail: 'ops' })).toThrow('alarmEmail "ops": must be an email address');
  });
});
