import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AsyncInvoke } from '../lambda/async-invoke.ts';
import { isObject, readJsonFile, replaceFile } from '../storage/files.ts';
import type { Resolver } from '../step-functions/intrinsics.ts';

export interface BusEvent {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
}

/** EventBridge's default bus, with the rules of the template. Events are kept in a folder until every target has had them. */
export interface EventBus {
  publish(event: BusEvent): void;
  /** Call it after the signal has aborted. What was not delivered is delivered at the next start. */
  close(): Promise<void>;
}

interface Rule {
  EventPattern?: Pattern;
  State?: string;
  Targets?: { Arn: string }[];
}

export type Pattern = { [key: string]: Pattern | unknown[] };

const eventKind = {
  isValid: (value: unknown): value is BusEvent => isObject(value) && typeof value.id === 'string' && isObject(value.detail),
  advice: 'Delete it, and this one event is not delivered; or restore it from a copy.',
};

export function openEventBus(
  resolver: Resolver,
  folder: string,
  invoke: AsyncInvoke,
  warn: (message: string) => void,
  signal: AbortSignal,
): EventBus {
  mkdirSync(folder, { recursive: true });
  const rules = resolver.idsOf('AWS::Events::Rule').map((id) => resolver.properties<Rule>(id));
  const deliveries = new Set<Promise<void>>();

  const deliver = (file: string, event: BusEvent, targets: readonly string[]) => {
    const delivery = Promise.all(targets.map((arn) => invoke(arn, event, signal)))
      .then(() => rmSync(file))
      .catch((error: unknown) => {
        if (!signal.aborted) warn(`event ${event.id}: ${String(error)}`);
      })
      .finally(() => deliveries.delete(delivery));
    deliveries.add(delivery);
  };
  const targetsOf = (event: BusEvent): string[] =>
    rules
      .filter(({ State, EventPattern }) => State !== 'DISABLED' && EventPattern && matchesPattern(EventPattern, event))
      .flatMap(({ Targets = [] }) => Targets.map(({ Arn }) => Arn));

  for (const name of readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()) {
    const event = readJsonFile(join(folder, name), eventKind)!;
    deliver(join(folder, name), event, targetsOf(event));
  }
  let count = 0;
  return {
    publish(event) {
      const targets = targetsOf(event);
      if (targets.length === 0) return;
      count += 1;
      const file = join(folder, `${event.time.replaceAll(':', '')}-${String(count).padStart(6, '0')}-${randomUUID()}.json`);
      replaceFile(file, JSON.stringify(event));
      deliver(file, event, targets);
    },
    close: async () => void (await Promise.all(deliveries)),
  };
}

/** EventBridge's pattern language, of which rules here use exact values, `prefix`, `anything-but` and `exists`. @throws Error for another operator */
export function matchesPattern(pattern: Pattern, value: unknown): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    if (!Array.isArray(expected)) return matchesPattern(expected, found);
    // A list in the event matches when any of its values does.
    return expected.some((one) => [found].flat().some((actual) => matchesValue(one, actual)));
  });
}

function matchesValue(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return expected === actual;
  const [operator = '', operand] = Object.entries(expected)[0] ?? [];
  switch (operator) {
    case 'prefix':
      return typeof actual === 'string' && actual.startsWith(String(operand));
    case 'exists':
      return (actual !== undefined) === operand;
    case 'anything-but':
      return actual !== undefined && ![operand].flat().includes(actual);
    default:
      throw new Error(`event pattern operator ${operator} is not known to the local runtime`);
  }
}
