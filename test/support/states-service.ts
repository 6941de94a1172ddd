import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SFNClient } from '@aws-sdk/client-sfn';
import { closeServer } from '../../local/stack/emulators.ts';
import { listen } from '../../local/stack/http-server.ts';
import { createStatesServer } from '../../local/step-functions/server.ts';
import { openStates, type States } from '../../local/step-functions/states.ts';
import { fakeClock } from './fake-clock.ts';

export interface StatesService {
  states: States;
  client: SFNClient;
  arnOf(machine: string): string;
  close(): Promise<void>;
}

/** Step Functions with state machines of one long wait each, behind HTTP. @param names of the machines */
export async function startStatesService(names: readonly string[]): Promise<StatesService> {
  const folder = mkdtempSync(join(tmpdir(), 'segue-states-'));
  const arnOf = (machine: string) => `arn:aws:states:eu-west-1:000000000000:stateMachine:${machine}`;
  const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 172_800, End: true } } });
  const states = openStates(names.map((name) => ({ name, arn: arnOf(name), definition })), folder, { clock: fakeClock(0), invoke: async () => undefined });
  const server = createStatesServer(states);
  const client = new SFNClient({ region: 'eu-west-1', endpoint: await listen(server), credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  return {
    states,
    client,
    arnOf,
    async close() {
      client.destroy();
      await closeServer(server);
      await states.close();
      rmSync(folder, { recursive: true });
    },
  };
}
