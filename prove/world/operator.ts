import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { createWorkflows } from '../../lambdas/adapters/workflows.ts';
import { erasePerson } from '../../tools/person/erase.ts';
import type { PersonTarget } from '../../tools/person/target.ts';
import { createCalls, refusalNamed, type CallOptions } from '../aws/calls.ts';
import type { Random } from '../time/random.ts';
import { arnPrefix } from './functions.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
/** Of each call: the operator closes the computer, or loses the connection. */
const killed = 0.004;
/** Whoever has tried so often does not try again. */
const mostAttempts = 40;

/** An operator with `npm run person -- erase`, which is run again until it has ended well. */
export class Operator {
  private readonly world: World;
  private readonly random: Random;

  constructor(world: World, random: Random) {
    this.world = world;
    this.random = random;
  }

  /** @returns did it end well at last? */
  async erase(subject: string): Promise<boolean> {
    const { clock, history } = this.world;
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      if (attempt > 0) await clock.sleep(this.random.int(1, 20) * minuteMs);
      try {
        await erasePerson(this.target(), subject, () => undefined);
        return true;
      } catch (error) {
        history.add({ what: 'world', note: `the erasure of ${subject} stopped: ${error instanceof Error ? error.name : String(error)}` });
      }
    }
    return false;
  }

  private target(): PersonTarget {
    const { clock, faults, dynamo, states, s3, shop } = this.world;
    const call = createCalls({ clock, faults: { ...faults, random: this.random } });
    const client = <T extends object>(service: { handle(command: object): object }, own: CallOptions, prototype: object | null): T => {
      const send = async (command: object) => {
        if (this.random.chance(killed)) throw Object.assign(new Error('the process was killed'), { name: 'Killed' });
        return call(own, undefined, () => service.handle(command));
      };
      return Object.assign(Object.create(prototype) as T, { send });
    };
    const options = (service: CallOptions['service'], refusal: string): CallOptions => ({ service, refusal: refusalNamed(refusal), maxAttempts: 3, timeoutMs: 5000 });
    const workflows = createWorkflows(client<SFNClient>(states, options('states', 'ThrottlingException'), null), arnPrefix, shop.config.campaigns);
    return {
      documents: client<DynamoDBDocumentClient>(dynamo, options('dynamodb', 'ThrottlingException'), DynamoDBDocumentClient.prototype),
      s3: client<S3Client>(s3, options('s3', 'SlowDown'), S3Client.prototype),
      kinesis: {} as KinesisClient,
      streamName: 'events',
      profilesTable: 'profiles',
      controlTable: 'control',
      sendsTable: 'sends',
      archiveBucket: 'archive',
      deadLetterBucket: 'letters',
      nowMs: clock.now(),
      workflows,
      who: 'operator',
      close: () => undefined,
    };
  }
}
