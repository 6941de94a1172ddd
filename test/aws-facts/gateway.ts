import { kinesalite, localstack, type Fact } from './fact.ts';
import { serverKey, webKey } from '../support/clients/edge.ts';

/** A behaviour of REST APIs or of PutRecords behind them, with requests that show it locally. */
export interface GatewayFact extends Fact {
  shown: { path?: string; init: RequestInit; status: number; error?: RegExp }[];
}

const basic = { authorization: `Basic ${btoa(`${serverKey}:`)}` };
const event = '{"userId":"ada","event":"x"}';
const gzipped = (text: string) => new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).bytes();
const packed = await gzipped(event);

const post = (body: RequestInit['body'], headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body, headers: { ...basic, 'content-type': 'application/json', ...headers } });

export const gatewayFacts: GatewayFact[] = [
  {
    what: 'a request body with Content-Encoding: gzip',
    answer: 'is unpacked before model and template; bytes that are no gzip, and other codings than gzip and deflate, are answered with 415',
    knownBy: 'documented',
    source: 'developer guide, "Call an API method with a compressed payload"',
    shown: [
      { init: post(packed, { 'content-encoding': 'gzip' }), status: 200 },
      { init: post(packed, { 'content-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' }), status: 200 },
      { init: post(event, { 'content-encoding': 'gzip' }), status: 415 },
      { init: post(packed, { 'content-encoding': 'br' }), status: 415 },
    ],
  },
  {
    what: 'a content type without a template, with pass-through NEVER; none at all',
    answer: '415; no content type counts as application/json',
    knownBy: 'documented',
    source: 'developer guide, "Integration passthrough behaviors"',
    shown: [
      { init: post('<x/>', { 'content-type': 'application/xml' }), status: 415 },
      { init: { method: 'POST', headers: basic, body: new Blob([event]) }, status: 200 },
    ],
  },
  {
    what: 'a content type with a parameter, as browsers write text/plain;charset=UTF-8',
    answer: 'finds the template of the type without it',
    knownBy: 'reported',
    source: 'issue 140 of serverless-operations/serverless-step-functions, for application/json; not seen for text/plain',
    shown: [{ init: post(event, { 'content-type': 'text/plain;charset=UTF-8' }), status: 200 }],
  },
  {
    what: 'an empty body under a model',
    answer: 'is read as {}',
    knownBy: 'recorded',
    source: localstack('common', 'test_api_gateway_request_validator'),
    shown: [
      { init: post(null), status: 400, error: /^userId or anonymousId is missing|^event is missing/ },
      { path: 'v1/batch', init: post(null), status: 400, error: /required properties.*batch/ },
    ],
  },
  {
    what: 'minItems and maxItems of a model',
    answer: 'not known to be checked, so no model has them; the template counts the events',
    knownBy: 'believed',
    source: 'developer guide, "Amazon API Gateway important notes"',
    shown: [
      { path: 'v1/batch', init: post('{"batch":[]}'), status: 400, error: /^batch is empty/ },
      { path: 'v1/batch', init: post(JSON.stringify({ batch: Array.from({ length: 501 }, () => ({})) })), status: 413, error: /500 events/ },
    ],
  },
  {
    what: 'a path or method that does not exist',
    answer: 'MISSING_AUTHENTICATION_TOKEN, 403 unless the API says otherwise, as ours does',
    knownBy: 'recorded',
    source: localstack('common', 'test_routing_not_found'),
    shown: [{ path: 'v1/nothing', init: post(event), status: 404 }],
  },
  {
    what: 'a TOKEN authorizer without its header, or with one that has not the form',
    answer: '401 without asking the function',
    knownBy: 'documented',
    source: 'developer guide, "Use API Gateway Lambda authorizers"; re:Post on 401 errors of Lambda authorizers',
    shown: [
      { init: { method: 'POST', body: event }, status: 401 },
      { init: post(event, { authorization: 'Bearer x' }), status: 401 },
      { init: post(event, { authorization: basic.authorization.replace('Basic', 'BASIC') }), status: 200 },
    ],
  },
  {
    what: 'a REQUEST authorizer with a cache, without its identity source; a policy that denies',
    answer: '401 without asking the function; 403',
    knownBy: 'documented',
    source: 'service model of API Gateway, identitySource; re:Post on 401 errors of Lambda authorizers',
    shown: [
      { path: 'beacon/v1/track', init: { method: 'POST', body: event }, status: 401 },
      { path: `beacon/v1/track?writeKey=${serverKey}`, init: { method: 'POST', body: event }, status: 403 },
      { path: `beacon/v1/track?writeKey=${webKey}`, init: { method: 'POST', body: event }, status: 200 },
    ],
  },
  {
    what: 'PutRecords with a hash key that is no number',
    answer: "400, ValidationException: Value '...' at 'records.1.member.explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern",
    knownBy: 'recorded',
    source: kinesalite('putRecords.js, "should return ValidationException for empty PartitionKey", "... for long StreamName"'),
    shown: [
      { init: post('{"event":"x"}'), status: 400, error: /^userId or anonymousId is missing/ },
      { init: post('{"userId":"ada"}'), status: 400, error: /^event is missing/ },
      { init: post(JSON.stringify({ userId: 'ada', event: 'x', text: 'x'.repeat(40_000) })), status: 413, error: /32 KB/ },
    ],
  },
];
