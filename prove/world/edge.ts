import type { Clock } from '../time/clock.ts';
import type { Faults } from '../aws/faults.ts';
import type { Kinesis } from '../aws/kinesis.ts';

/** A Segment call, as an SDK makes it. */
export interface SiteCall {
  type: 'track' | 'identify' | 'page' | 'alias';
  messageId?: string;
  userId?: string;
  anonymousId?: string;
  timestamp?: string;
  event?: string;
  properties?: Record<string, unknown>;
  traits?: Record<string, unknown>;
  previousId?: string;
  [more: string]: unknown;
}

export interface SiteRequest {
  source: 'web' | 'server';
  sentAt?: string;
  batch: SiteCall[];
}

/**
 * The edge: API Gateway takes a batch and writes it to the stream itself, one record for each call, in one PutRecords call,
 * without trying again.
 * @returns the status that the client sees; undefined when it sees none
 */
export class Edge {
  private requests = 0;
  private readonly deps: { clock: Clock; faults: Faults; stream: Kinesis };

  constructor(deps: Edge['deps']) {
    this.deps = deps;
  }

  async post({ source, sentAt, batch }: SiteRequest): Promise<number | undefined> {
    const { clock, faults, stream } = this.deps;
    const { random } = faults;
    const rates = faults.rates('kinesis');
    this.requests += 1;
    const requestId = `request-${this.requests}`;
    await clock.sleep(random.int(5, 80));
    if (random.chance(rates.requestLost)) return undefined;
    const receivedAtMs = clock.now();
    if (random.chance(rates.refused)) return 503;
    await clock.sleep(random.int(1, 10));
    const records = batch.map((event, index) => ({
      partitionKey: event.userId ?? event.anonymousId ?? requestId,
      data: Buffer.from(JSON.stringify({ v: 1, receivedAtMs, ...(sentAt !== undefined && { sentAt }), keyId: `key-${source}`, source, requestId, type: event.type, index, event })),
    }));
    const { FailedRecordCount } = stream.putRecords(records);
    await clock.sleep(random.int(5, 80));
    if (random.chance(rates.answerLost)) return undefined;
    return FailedRecordCount > 0 ? 503 : 200;
  }
}
