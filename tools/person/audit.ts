import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { PersonTarget } from './target.ts';

export interface AuditEntry {
  action: 'export' | 'erase';
  /** Salted hash of what was asked for: it tells nobody who it was, and the same person again. */
  hash: string;
  counts: Record<string, number>;
}

/** Notes who did what to whose data, and when. Entries stay. */
export async function audit({ documents, controlTable, who }: PersonTarget, { action, hash, counts }: AuditEntry, at: Date): Promise<void> {
  const Item = { kind: 'audit', id: `${at.toISOString()}#${action}#${hash.slice(0, 16)}`, action, who, at: at.toISOString(), hash, counts };
  await documents.send(new PutCommand({ TableName: controlTable, Item }));
}
