import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect, it } from 'vitest';
import type { BusEvent } from '../../../local/eventbridge/bus.ts';
import { closeServer } from '../../../local/stack/emulators.ts';
import { createEventsServer } from '../../../local/eventbridge/server.ts';
import { listen } from '../../../local/stack/http-server.ts';

it('puts events of the SDK on the local bus', async () => {
  const published: BusEvent[] = [];
  const server = createEventsServer({ publish: (event) => void published.push(event) }, { region: 'eu-west-1', accountId: '000000000000', nowMs: () => 0 });
  const client = new EventBridgeClient({ endpoint: await listen(server), region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  try {
    const Entries = [{ Source: 'segue', DetailType: 'Segment Changed', Detail: '{"to":"fans"}', Time: new Date('2026-03-01T00:00:00Z') }];
    const answer = await client.send(new PutEventsCommand({ Entries }));
    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: published[0]?.id }] });
    expect(published).toMatchObject([{ source: 'segue', 'detail-type': 'Segment Changed', time: '2026-03-01T00:00:00.000Z', detail: { to: 'fans' } }]);
  } finally {
    client.destroy();
    await closeServer(server);
  }
});
