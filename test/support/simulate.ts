import { Readable } from 'node:stream';
import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { JsonLines, type RecordReader } from '../../tools/event-files/records.ts';
import { crewOf, type Crew } from '../../tools/simulate/crew.ts';
import { joined } from '../../tools/simulate/histories.ts';
import { SharedText, type TextSource } from '../../tools/simulate/input.ts';
import { makeReport, type Report } from '../../tools/simulate/report.ts';
import { scanRecords, type Refused, type Scan } from '../../tools/simulate/scan.ts';
import { simulate } from '../../tools/simulate/simulate.ts';

/** The events of an input, and what was refused. */
export async function readEvents(bytes: AsyncIterable<Buffer>, reader: RecordReader, config: Config): Promise<{ events: DomainEvent[]; refused: Refused }> {
  const events: DomainEvent[] = [];
  const scan = await scanRecords(bytes, reader, config, (event) => events.push(event));
  return { events: events.sort((a, b) => a.atMs - b.atMs), refused: scan.refused };
}

export const eventsIn = (text: string, config: Config) => readEvents(Readable.from([Buffer.from(text)]), new JsonLines(), config);

export interface Source {
  text: TextSource;
  config: Config;
}

/** Lines of JSON. */
export function sourceOf(text: string, config: Config): Source {
  const shared = new SharedText();
  shared.add(Buffer.from(text));
  return { text: { bytes: shared.memory, length: shared.length }, config };
}

/** The report on an input, as the command makes it. */
export async function reportOf({ text, config }: Source, { untilMs, userId, crew = crewOf(compilePlan(config), 1), scan }: { untilMs?: number | undefined; userId?: string | undefined; crew?: Crew; scan?: Scan } = {}): Promise<Report> {
  const plan = compilePlan(config);
  const input = joined(scan ? [scan] : await crew.scan(text));
  return makeReport(plan, input, await simulate({ plan, input, crew, untilMs, userId }));
}
