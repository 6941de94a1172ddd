import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JsonCodec, XmlCodec } from '@aws-sdk/core/protocols';

/** An error as AWS answers it. */
export class AwsError extends Error {
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.status = status;
  }
}

type Fields = Record<string, any>;
interface AnyCommand {
  input: unknown;
  resolveMiddleware(...given: any[]): (given: any) => Promise<{ output: unknown }>;
}
type OutputOf<C extends AnyCommand> = Omit<Awaited<ReturnType<ReturnType<C['resolveMiddleware']>>>['output'] & object, '$metadata'>;
interface AnyClient {
  config: object;
}
type Answer<O> = O | Error | ((input: Fields) => O | Error);

interface Operation {
  name: string;
  protocol: string;
  xmlNamespace: string;
  method: string;
  path: RegExp;
  query: URLSearchParams;
  output: unknown;
  answer: Answer<object>;
}

export interface Wire {
  url: string;
  /** Names of the operations that were called, in order. */
  calls: string[];
  /** Seconds by which the Date header of all answers is off. */
  clockOffS: number;
  /** What an operation answers from now on; the client says by which protocol. */
  on<C extends AnyCommand>(client: AnyClient, command: new (input: any) => C, answer: Answer<OutputOf<C>>): void;
  /** What a plain HTTP request gets, by method and path. */
  plain: Map<string, { status: number; body: string }>;
  close(): Promise<void>;
}

/**
 * A server that speaks AWS's wire protocols: names, types, paths and serialisation of each operation come from the service model that the
 * SDK's client carries, so an answer that AWS could not give does not get through.
 */
export async function createWire(): Promise<Wire> {
  const operations = new Map<string, Operation>();
  const calls: string[] = [];
  const plain: Wire['plain'] = new Map();
  const wire = { url: '', calls, clockOffS: 0, plain } as Wire;

  const server = createServer((request, response) => {
    response.setHeader('date', new Date(Date.now() + wire.clockOffS * 1000).toUTCString());
    void bodyOf(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://wire');
      const fixed = plain.get(`${request.method} ${pathname}`);
      if (fixed) return void response.writeHead(fixed.status, { 'content-type': 'application/json' }).end(fixed.body);
      const found = [...operations.values()].find((operation) => isFor(operation, request, pathname, searchParams, body));
      if (!found) return void response.writeHead(404, { 'content-type': 'application/json', 'x-amzn-errortype': 'UnknownOperationException' }).end(JSON.stringify({ __type: 'UnknownOperationException', message: `nothing answers ${request.method} ${request.url} ${String(request.headers['x-amz-target'] ?? body)}` }));
      calls.push(found.name);
      const input = inputOf(found, pathname, searchParams, body);
      const answer = typeof found.answer === 'function' ? found.answer(input) : found.answer;
      if (answer instanceof Error) sendError(response, found, answer);
      else send(response, found, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  wire.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  wire.on = (client, command, answer) => {
    const { schema } = new command({}) as unknown as { schema: [number, string, string, Fields, unknown, unknown] };
    const { protocol } = client.config as { protocol: { getShapeId(): string; options?: { xmlNamespace?: string } } };
    const [, , name, traits, , output] = schema;
    const [method = 'POST', uri = '/'] = (traits?.http ?? []) as [string?, string?];
    const [path = '/', query = ''] = uri.split('?');
    operations.set(`${schema[1]}#${name}`, { name, protocol: protocol.getShapeId().split('#')[1]!, xmlNamespace: protocol.options?.xmlNamespace ?? '', method, path: pattern(path), query: new URLSearchParams(query), output: typeof output === 'function' ? output() : output, answer: answer as Answer<object> });
  };
  wire.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return wire;
}

/** `/functions/{Name}` with named groups; of S3, the bucket comes before the path. */
const pattern = (path: string): RegExp => new RegExp(`^${path === '/' ? '/(?<Bucket>[^/]*)/?' : path.replaceAll(/\{(\w+)(\+?)\}/g, (_, name: string, isGreedy) => `(?<${name}>${isGreedy ? '.+' : '[^/]+'})`)}$`);

function isFor({ protocol, name, method, path, query }: Operation, request: IncomingMessage, pathname: string, given: URLSearchParams, body: string): boolean {
  if (protocol.startsWith('awsJson')) return String(request.headers['x-amz-target'] ?? '').split('.')[1] === name;
  if (protocol === 'awsQuery') return new URLSearchParams(body).get('Action') === name;
  return request.headers['x-amz-target'] === undefined && request.method === method && path.test(pathname) && [...query].every(([key, value]) => given.get(key) === value);
}

function inputOf({ protocol, path }: Operation, pathname: string, query: URLSearchParams, body: string): Fields {
  if (protocol === 'awsQuery') return Object.fromEntries(new URLSearchParams(body));
  const fields = body.startsWith('{') ? (JSON.parse(body) as Fields) : {};
  const labels = Object.entries(path.exec(pathname)?.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
  return { ...fields, ...Object.fromEntries(query), ...Object.fromEntries(labels) };
}

function send(response: ServerResponse, { name, protocol, output, xmlNamespace }: Operation, answer: object): void {
  if (protocol === 'awsQuery' || protocol === 'restXml') {
    const serializer = new XmlCodec({ timestampFormat: { useTrait: true, default: 5 }, xmlNamespace, serviceNamespace: xmlNamespace } as never).createSerializer();
    serializer.write(output as never, answer);
    const text = serializer.flush() as unknown as string;
    const inner = text.replace(/^<[^>]*?>/, '').replace(/<\/[^<>]*>$/, '');
    const body = protocol === 'restXml' ? text : `<${name}Response xmlns="${xmlNamespace}"><${name}Result>${/\/>$/.test(text) && !text.includes('</') ? '' : inner}</${name}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${name}Response>`;
    return void response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
  }
  const serializer = new JsonCodec({ timestampFormat: { useTrait: true, default: 7 }, jsonName: protocol === 'restJson1' } as never).createSerializer();
  serializer.write(output as never, answer);
  // An operation that answers nothing has no shape to write.
  const text: unknown = serializer.flush();
  response.writeHead(200, { 'content-type': 'application/json' }).end(typeof text === 'string' ? text : '{}');
}

function sendError(response: ServerResponse, { protocol }: Operation, error: Error): void {
  const status = error instanceof AwsError ? error.status : 500;
  if (protocol === 'awsQuery') return void response.writeHead(status, { 'content-type': 'text/xml' }).end(`<ErrorResponse><Error><Type>Sender</Type><Code>${error.name}</Code><Message>${error.message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`);
  if (protocol === 'restXml') return void response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${error.name}</Code><Message>${error.message}</Message></Error>`);
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': error.name }).end(JSON.stringify({ __type: error.name, message: error.message }));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
