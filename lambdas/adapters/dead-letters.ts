import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** A record of the stream that cannot be processed, whole, and why. */
export interface DeadLetter {
  reason: string;
  sequenceNumber: string;
  partitionKey: string;
  /** The record's bytes in base64, unchanged. */
  data: string;
  storedAtMs: number;
}

export interface DeadLetters {
  store(letter: DeadLetter): Promise<void>;
  /** Of one batch. A flood of them becomes few objects. */
  storeAll(letters: readonly DeadLetter[]): Promise<void>;
}

/** What of a batch gets objects of its own. The alarms count objects, and notice a share of one percent of a full batch with so many. */
const mostAlone = 20;

/** How many letters lie in an object, by its key: `-x<count>` stands before its end where there are several. */
export const lettersIn = (key: string): number => Number(/-x(\d+)\.json$/.exec(key)?.[1] ?? 1);

/**
 * One object per record, named by its sequence number, so that a redelivery overwrites it instead of adding a second one. When a batch has many,
 * as a flood of wrong events has, those after the first few share one object: S3 bills each object. A batch that comes again with other borders
 * can then lie there twice, which a redrive does not mind, since it recognises events by their ids.
 */
export function createDeadLetters(client: S3Client, bucket: string): DeadLetters {
  const put = async (name: string, { storedAtMs }: Pick<DeadLetter, 'storedAtMs'>, content: object) => {
    const day = new Date(storedAtMs).toISOString().slice(0, 10);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `poison/${day}/${name}.json`, Body: JSON.stringify(content), ContentType: 'application/json' }));
  };
  const store = (letter: DeadLetter) => put(letter.sequenceNumber, letter, letter);
  return {
    store,
    async storeAll(letters) {
      const together = letters.length > mostAlone + 1 ? letters.slice(mostAlone) : [];
      const alone = letters.slice(0, letters.length - together.length);
      const [first, last] = [together[0], together.at(-1)];
      await Promise.all([...alone.map(store), ...(first && last ? [put(`${first.sequenceNumber}-${last.sequenceNumber}-x${together.length}`, first, { letters: together })] : [])]);
    },
  };
}
