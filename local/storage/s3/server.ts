import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { readContent } from './body.ts';
import { S3Error } from './errors.ts';
import { listObjects, listVersions } from './listing.ts';
import type { Condition, Description, ObjectInfo, ObjectStore } from './store.ts';
import { element, textsIn, xml } from './xml.ts';

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

interface Call {
  bucket: string;
  /** Empty for a call about the bucket. */
  key: string;
  query: URLSearchParams;
  request: IncomingMessage;
}

/** The S3 API (REST XML, the bucket in the path) in front of a store, as far as Segue and its operators use it; anything else is answered with NotImplemented. */
export function createS3Server(store: ObjectStore): Server {
  return createServer((request, response) => {
    const requestId = randomUUID();
    handle(store, request)
      .catch((error: unknown) => errorAnswer(error, requestId))
      .then(({ status, headers, body = '' }) => {
        const isHead = request.method === 'HEAD';
        const type = typeof body === 'string' && body !== '' ? { 'content-type': 'application/xml' } : {};
        response.writeHead(status, { ...type, 'content-length': Buffer.byteLength(body), 'x-amz-request-id': requestId, ...headers });
        response.end(isHead ? undefined : body);
      })
      .catch(() => response.destroy());
  });
}

async function handle(store: ObjectStore, request: IncomingMessage): Promise<Answer> {
  const call = callIn(request);
  if (request.headers.authorization === undefined && !call.query.has('X-Amz-Signature')) throw new S3Error(403, 'AccessDenied', 'the request is not signed');
  if (call.bucket === '') return request.method === 'GET' ? { status: 200, body: xml('ListAllMyBucketsResult', element('Buckets', store.buckets().map((name) => element('Bucket', [element('Name', name)])))) } : unknown(call);
  return call.key === '' ? ofBucket(store, call) : ofObject(store, call);
}

async function ofBucket(store: ObjectStore, call: Call): Promise<Answer> {
  const { bucket, query, request } = call;
  switch (request.method ?? '') {
    case 'PUT':
      if (hasAspect(query)) return unknown(call);
      store.createBucket(bucket);
      return { status: 200 };
    case 'HEAD':
      return { status: store.hasBucket(bucket) ? 200 : 404 };
    case 'GET':
      if (query.has('versions')) return { status: 200, body: listVersions(store, bucket, query) };
      if (query.get('list-type') === '2') return { status: 200, body: listObjects(store, bucket, query) };
      return unknown(call);
    case 'POST':
      return query.has('delete') ? deleteMany(store, bucket, (await readContent(request)).toString()) : unknown(call);
    default:
      return unknown(call);
  }
}

async function ofObject(store: ObjectStore, call: Call): Promise<Answer> {
  const { bucket, key, query, request } = call;
  if (hasAspect(query)) return unknown(call);
  switch (request.method ?? '') {
    case 'PUT':
      return request.headers['x-amz-copy-source'] === undefined ? put(store, call) : copy(store, call, String(request.headers['x-amz-copy-source']));
    case 'HEAD': {
      const info = store.head(bucket, key);
      return { status: 200, headers: { ...headersOf(info), 'content-length': String(info.bytes) } };
    }
    case 'GET':
      return get(store, call);
    case 'DELETE':
      store.remove(bucket, key);
      return { status: 204 };
    default:
      return unknown(call);
  }
}

async function put(store: ObjectStore, { bucket, key, request }: Call): Promise<Answer> {
  const { headers } = request;
  const { etag } = store.put(bucket, key, await readContent(request), describedBy(headers), conditionIn(headers));
  return { status: 200, headers: { etag: `"${etag}"` } };
}

function get(store: ObjectStore, { bucket, key, request }: Call): Answer {
  const { info, body } = store.get(bucket, key);
  const { etag } = conditionIn(request.headers);
  if (etag !== undefined && etag !== info.etag) throw new S3Error(412, 'PreconditionFailed', `key ${JSON.stringify(key)} has changed`);
  const headers = { ...headersOf(info), 'accept-ranges': 'bytes' };
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return { status: 200, headers, body };
  const from = first === '' ? Math.max(0, body.length - Number(last)) : Number(first);
  const to = first === '' || last === '' ? body.length - 1 : Math.min(Number(last), body.length - 1);
  if (from > to) throw new S3Error(416, 'InvalidRange', `range ${request.headers.range}: the object has ${body.length} bytes`);
  return { status: 206, headers: { ...headers, 'content-range': `bytes ${from}-${to}/${body.length}` }, body: body.subarray(from, to + 1) };
}

function copy(store: ObjectStore, { bucket, key, request }: Call, source: string): Answer {
  const [from = '', ...parts] = decodeURIComponent(source.replace(/^\//, '').split('?')[0] as string).split('/');
  const { info, body } = store.get(from, parts.join('/'));
  const { contentType, contentEncoding, metadata } = info;
  const kept: Description = { ...(contentType !== undefined && { contentType }), ...(contentEncoding !== undefined && { contentEncoding }), ...(metadata && { metadata }) };
  const description = request.headers['x-amz-metadata-directive'] === 'REPLACE' ? describedBy(request.headers) : kept;
  const { etag, modifiedAtMs } = store.put(bucket, key, body, description, conditionIn(request.headers));
  return { status: 200, body: xml('CopyObjectResult', element('LastModified', new Date(modifiedAtMs).toISOString()), element('ETag', `"${etag}"`)) };
}

function deleteMany(store: ObjectStore, bucket: string, document: string): Answer {
  const keys = textsIn(document, 'Key');
  for (const key of keys) store.remove(bucket, key);
  const isQuiet = textsIn(document, 'Quiet')[0] === 'true';
  return { status: 200, body: xml('DeleteResult', ...(isQuiet ? [] : keys.map((key) => element('Deleted', [element('Key', key)])))) };
}

/** From the path as it was sent: a URL object would make something else of keys with `..` in them. */
function callIn(request: IncomingMessage): Call {
  const [path = '', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const [, bucket = '', ...rest] = path.split('/');
  try {
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(rest.join('/')), query: new URLSearchParams(query), request };
  } catch {
    throw new S3Error(400, 'InvalidURI', `${path}: is not percent-encoded UTF-8`);
  }
}

/** Sub-resources, such as `?tagging` or `?uploads`, none of which is known here. SDKs add `x-id`; `versionId=null` is the object itself. */
const hasAspect = (query: URLSearchParams): boolean => [...query].some(([name, value]) => name !== 'x-id' && !/^x-amz-/i.test(name) && !(name === 'versionId' && value === 'null'));

function describedBy(headers: IncomingHttpHeaders): Description {
  const metadata = Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (name.startsWith('x-amz-meta-') ? [[name.slice('x-amz-meta-'.length), String(value)]] : [])));
  const encoding = (headers['content-encoding'] ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '' && one !== 'aws-chunked').join(', ');
  return {
    ...(headers['content-type'] !== undefined && { contentType: headers['content-type'] }),
    ...(encoding !== '' && { contentEncoding: encoding }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

const conditionIn = (headers: IncomingHttpHeaders): Condition => ({
  ...(headers['if-none-match'] === '*' && { isNew: true }),
  ...(headers['if-match'] !== undefined && { etag: headers['if-match'].replaceAll('"', '') }),
});

function headersOf({ etag, modifiedAtMs, contentType = 'binary/octet-stream', contentEncoding, metadata = {} }: ObjectInfo): Record<string, string> {
  return {
    etag: `"${etag}"`,
    'last-modified': new Date(modifiedAtMs).toUTCString(),
    'content-type': contentType,
    ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }),
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
}

function unknown({ query, request }: Call): never {
  throw new S3Error(501, 'NotImplemented', `${request.method} with ${[...query.keys()].join(', ') || 'no query'}: the local runtime does not know this call of S3`);
}

function errorAnswer(error: unknown, requestId: string): Answer {
  const { status, code, message } = error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error));
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${element('Code', code)}${element('Message', message)}${element('RequestId', requestId)}</Error>`;
  return { status, body: text };
}
