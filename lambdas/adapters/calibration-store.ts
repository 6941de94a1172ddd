import { gunzipSync, gzipSync } from 'node:zlib';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { PackedMeasure } from '../domain/calibration/measure.ts';
import type { CalibrationRun, Part, Phase } from '../domain/calibration/run.ts';
import type { ThresholdsRecord } from '../domain/rules/thresholds.ts';
import { expiryS } from '../domain/time.ts';
import { ifConditionHolds } from './conditions.ts';

/** The state of calibrations in the control table. */
export interface CalibrationStore {
  run(month: string): Promise<CalibrationRun | undefined>;
  /** @param from the phase that the run is in now; undefined starts a run. @returns false when another invocation moved it first */
  saveRun(run: CalibrationRun, from: CalibrationRun['phase'] | undefined): Promise<boolean>;
  /** Parts that were saved at least once. */
  parts(run: CalibrationRun, phase: Phase): Promise<Part[]>;
  /** @returns false when another invocation has saved the part in the meantime: it has counted these people already */
  savePart(run: CalibrationRun, phase: Phase, part: Part): Promise<boolean>;
  saveMeasure(month: string, measure: PackedMeasure, atMs: number): Promise<void>;
  /** The newest measure of a month before this one. */
  measureBefore(month: string): Promise<PackedMeasure | undefined>;
  /** The version that waits for approval. */
  proposal(): Promise<ThresholdsRecord | undefined>;
  propose(record: ThresholdsRecord): Promise<void>;
  dropProposal(): Promise<void>;
}

/** Lifetimes: parts are only needed during their run, measures only until the next month has read them. */
const keepPartsDays = 45;
const keepDays = 400;

export function createCalibrationStore(client: DynamoDBDocumentClient, table: string): CalibrationStore {
  const get = async (kind: string, id: string) => {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: { kind, id }, ConsistentRead: true }));
    return Item && bare(Item);
  };
  const put = (kind: string, id: string, item: object, condition?: object) => client.send(new PutCommand({ TableName: table, Item: { ...item, kind, id }, ...condition }));
  const partsKind = ({ month }: CalibrationRun, phase: Phase) => `calibration-part#${month}#${phase}`;

  return {
    run: async (month) => (await get('calibration', month)) as CalibrationRun | undefined,
    saveRun(run, from) {
      const condition =
        from === undefined
          ? { ConditionExpression: 'attribute_not_exists(phase)' }
          : { ConditionExpression: 'phase = :from', ExpressionAttributeValues: { ':from': from } };
      return ifConditionHolds(put('calibration', run.month, { ...run, expiresAtS: expiryS(run.startedAtMs, keepDays) }, condition));
    },

    async parts(run, phase) {
      const query = { TableName: table, ConsistentRead: true, KeyConditionExpression: 'kind = :kind', ExpressionAttributeValues: { ':kind': partsKind(run, phase) } };
      const parts: Part[] = [];
      for await (const { Items = [] } of paginateQuery({ client }, query)) parts.push(...Items.map((item) => ({ ...(bare(item) as unknown as Part), sums: unzipped(item.sums) })));
      return parts;
    },
    savePart(run, phase, part) {
      const item = { ...part, sums: zipped(part.sums), expiresAtS: expiryS(run.startedAtMs, keepPartsDays) };
      const condition =
        part.saves === 1
          ? { ConditionExpression: 'attribute_not_exists(saves)' }
          : { ConditionExpression: 'saves = :before', ExpressionAttributeValues: { ':before': part.saves - 1 } };
      return ifConditionHolds(put(partsKind(run, phase), String(part.part), item, condition));
    },

    async saveMeasure(month, measure, atMs) {
      await put('calibration-measure', month, { measure: zipped(measure), expiresAtS: expiryS(atMs, keepDays) });
    },
    async measureBefore(month) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'kind = :kind AND id < :month',
          ExpressionAttributeValues: { ':kind': 'calibration-measure', ':month': month },
          ScanIndexForward: false,
          Limit: 1,
        }),
      );
      return Items[0] && (unzipped(Items[0].measure) as PackedMeasure);
    },

    proposal: async () => (await get('thresholds', 'proposed')) as ThresholdsRecord | undefined,
    async propose(record) {
      await put('thresholds', 'proposed', record);
    },
    async dropProposal() {
      await client.send(new DeleteCommand({ TableName: table, Key: { kind: 'thresholds', id: 'proposed' } }));
    },
  };
}

/** A sketch is mostly small numbers and zeros. */
const zipped = (value: unknown): Uint8Array => gzipSync(JSON.stringify(value ?? null));
const unzipped = (bytes: unknown): unknown => JSON.parse(gunzipSync(bytes as Uint8Array).toString());

function bare(item: Record<string, unknown>): object {
  const { kind: _kind, id: _id, expiresAtS: _expires, ...rest } = item;
  return rest;
}
