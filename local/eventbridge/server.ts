import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { readBody } from '../api-gateway/body.ts';
import type { EventBus } from './bus.ts';

const maxRequestBytes = 256 * 1024;

interface Entry {
  Source?: string;
  DetailType?: string;
  Detail?: string;
  Time?: number;
}

/** EventBridge's PutEvents (AWS JSON 1.1) in front of the local bus. */
export function createEventsServer(bus: Pick<EventBus, 'publish'>, { region, accountId, nowMs }: { region: string; accountId: string; nowMs(): number }): Server {
  const put = ({ Source = '', DetailType = '', Detail = '{}', Time }: Entry) => {
    const id = randomUUID();
    const detail = JSON.parse(Detail) as Record<string, unknown>;
    const time = new Date(Time === undefined ? nowMs() : Time * 1000).toISOString();
    bus.publish({ version: '0', id, 'detail-type': DetailType, source: Source, account: accountId, time, region, resources: [], detail });
    return { EventId: id };
  };
  return createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    const handle = async () => {
      const action = String(request.headers['x-amz-target'] ?? '').split('.')[1];
      if (action !== 'PutEvents') return answer(400, { __type: 'UnknownOperationException', message: `${action}: the local runtime knows PutEvents` });
      const { Entries = [] } = JSON.parse((await readBody(request, maxRequestBytes)) ?? '{}') as { Entries?: Entry[] };
      answer(200, { FailedEntryCount: 0, Entries: Entries.map(put) });
    };
    handle().catch((error: unknown) => answer(500, { __type: 'InternalException', message: String(error) }));
  });
}
