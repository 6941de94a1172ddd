import { backlogKey, backlogListKey } from '../../lambdas/adapters/profiles/backlog.ts';
import { isItemOf, type Marks } from './marks.ts';
import { itemsOf, scanFor } from './find.ts';
import type { PersonTarget } from './target.ts';

type Item = Record<string, unknown>;

/** What lies in the tables of a person. */
export interface TableRecords {
  /** Profile, content, segment changes, conversions, answers, events that wait to be applied, and refused merges that name them. */
  profiles: Item[];
  sends: Item[];
  /** Coupons, opt-outs, waits, times of contact. */
  control: Item[];
}

/** Kinds of the control table that concern nobody, or only a hash, and stay. */
const notPersonal = new Set(['write-key', 'thresholds', 'classifier', 'suppression', 'campaign', 'product', 'product-feed', 'signing-key', 'audit']);

/**
 * Reads the tables, and adds to the marks what is found by them: emails and workflows have names of their own, and waits and coupons are
 * known by these.
 */
export async function readTables(target: PersonTarget, marks: Marks): Promise<{ records: TableRecords; marks: Marks }> {
  const { documents, profilesTable, sendsTable, controlTable } = target;
  const [own, waiting, refused, sends] = await Promise.all([
    itemsOf(documents, profilesTable, [...marks.keys, ...marks.keys.map(backlogKey)]),
    itemsOf(documents, profilesTable, [backlogListKey]),
    scanFor(documents, profilesTable, (item) => String(item.part).startsWith('refused-merge#') && !marks.keys.includes(String(item.userKey)) && isItemOf(item, marks)),
    scanFor(documents, sendsTable, (item) => isItemOf(item, marks)),
  ]);
  // Those that run, and those of which the end is recorded: a wait of theirs may lie in the control table until it expires.
  const runs = own.flatMap((item) => [...Object.values((item.run as Record<string, { executionName: string }> | undefined) ?? {}), ...(typeof item.executionName === 'string' ? [{ executionName: item.executionName }] : [])]);
  const more: Marks = {
    ...marks,
    sendIds: unique([...marks.sendIds, ...sends.map(({ sendId }) => String(sendId))]),
    executionNames: unique([...marks.executionNames, ...runs.map(({ executionName }) => executionName), ...sends.map(({ executionName }) => String(executionName))]),
  };
  const control = await scanFor(documents, controlTable, (item) => !notPersonal.has(String(item.kind)) && isItemOf(item, more));
  return { records: { profiles: [...own, ...waiting.filter(({ part }) => marks.keys.includes(String(part))), ...refused], sends, control }, marks: more };
}

const unique = (texts: string[]): string[] => [...new Set(texts)];
