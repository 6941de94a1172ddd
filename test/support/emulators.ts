import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAwsClients, type AwsClients } from '../../local/stack/aws-clients.ts';
import { startEmulators } from '../../local/stack/emulators.ts';

export interface EmulatorWorld {
  folder: string;
  clients: AwsClients;
  end(): Promise<void>;
}

/** The emulators in a folder of their own. */
export async function startEmulatorWorld(buckets: string[] = []): Promise<EmulatorWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'emulators-'));
  const emulators = await startEmulators(folder, {}, buckets);
  const clients = createAwsClients(emulators, 'eu-west-1');
  return {
    folder,
    clients,
    async end() {
      clients.close();
      await emulators.close();
      rmSync(folder, { recursive: true });
    },
  };
}
