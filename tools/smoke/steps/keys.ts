import { newWriteKey, saveWriteKey } from '../../keys/write-keys.ts';
import type { World } from '../world.ts';

/** Write keys of its own, with the limits that keys share which have none. */
export async function makeKeys(world: World): Promise<string> {
  const { documents, controlTable } = world.target;
  for (const source of ['web', 'server'] as const) {
    const { key, stored } = newWriteKey(source, Date.now());
    const { usageKey: _, ...shared } = stored;
    world.keys.ids.push(stored.id);
    await saveWriteKey(documents, controlTable, { ...shared, keyId: `smoke-${world.run}-${source}` });
    world.keys[source] = key;
  }
  return 'a web key and a server key';
}
