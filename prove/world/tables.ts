import type { TableShape } from '../aws/dynamo/table.ts';

/** The tables of the stack. */
export const shapes: Record<'profiles' | 'control' | 'sends', TableShape> = {
  profiles: {
    key: { hash: 'userKey', range: 'part' },
    types: { userKey: 'S', part: 'S', dueShard: 'S', dueAtMs: 'N' },
    indexes: { due: { hash: 'dueShard', range: 'dueAtMs' } },
    ttl: 'expiresAtS',
  },
  control: { key: { hash: 'kind', range: 'id' }, types: { kind: 'S', id: 'S' }, ttl: 'expiresAtS' },
  sends: { key: { hash: 'sendId' }, types: { sendId: 'S' }, ttl: 'expiresAtS' },
};
