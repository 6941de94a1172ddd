import { gzipSync } from 'node:zlib';
import { createHandler } from '../../lambdas/archive-events/handler.ts';
import { EventSource } from '../aws/event-source.ts';
import type { Faults } from '../aws/faults.ts';
import type { Kinesis } from '../aws/kinesis.ts';
import type { Outcome } from '../aws/lambda.ts';
import type { Bucket } from '../aws/s3.ts';
import type { Clock } from '../time/clock.ts';
import type { Random } from '../time/random.ts';

const windowMs = 5 * 60_000;

/**
 * The archive's function behind its event source mapping, which reads the stream for itself. What goes wrong here is drawn from a source of
 * its own: nothing else in a run depends on it. It packs at once, since packing in the background would take time of the machine's clock.
 */
export function readIntoArchive({ clock, faults, stream, bucket, random }: { clock: Clock; faults: Faults; stream: Kinesis; bucket: Bucket; random: Random }): EventSource {
  const own: Faults = { ...faults, random };
  const handle = createHandler({ archive: { write: async ({ key, lines }) => bucket.put(key, gzipSync(lines, { level: 1 })) } });
  const fails = () => random.chance(faults.rates('s3').refused);
  const invoke = async (event: Parameters<typeof handle>[0]): Promise<Outcome> => {
    await clock.sleep(random.int(50, 3000));
    if (fails()) return { error: Object.assign(new Error('Please reduce your request rate.'), { name: 'SlowDown' }) };
    await handle(event);
    // Written, and the answer is lost: the same batch comes again.
    return fails() ? { error: Object.assign(new Error('Task timed out'), { name: 'Sandbox.Timedout' }) } : { value: undefined };
  };
  return new EventSource({ clock, faults: own, stream, batchSize: 10_000, windowMs, invoke, giveUp: () => undefined });
}
