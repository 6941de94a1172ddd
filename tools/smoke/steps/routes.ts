import { gzipSync } from 'node:zlib';
import { callTypes, type CallType } from '../../../lambdas/schemas/event.ts';
import { taken, withId, type Call } from '../http.ts';
import { anonymous, known, type World } from '../world.ts';

/** What a call of each kind cannot do without, besides an id. No campaign and no score of a shop knows these names. */
const fields: Record<CallType, object> = { track: { event: 'Smoke Test' }, identify: { traits: {} }, page: { name: 'Smoke Test' }, screen: { name: 'Smoke Test' }, group: { groupId: 'smoke-test' }, alias: {} };

/** A known and an anonymous event by each route. */
export function routeCalls(world: World): Call[] {
  const ids = (name: string) => [known(world, name), anonymous(world, name)];
  // An alias joins a browser with a user, so it names one.
  const whose = (type: CallType, name: string) => (type === 'alias' ? [known(world, name)] : ids(name));
  const event = (type: CallType, name: string, id: object) => ({ ...fields[type], ...(type === 'alias' && { previousId: anonymous(world, `${name}-before`).anonymousId }), ...id, ...withId(world, name) });
  const batch = (name: string) => JSON.stringify({ batch: ids(name).map((id) => ({ type: 'track', ...event('track', name, id) })) });
  const text = { 'content-type': 'text/plain;charset=UTF-8' };
  const singles = (prefix: string, nameOf: (type: CallType) => string, rest: Partial<Call>, name: string): Call[] =>
    callTypes.flatMap((type) => whose(type, `${name}-${type}`).map((id) => ({ name: `${prefix}${nameOf(type)}`, path: `${prefix}${nameOf(type)}`, body: JSON.stringify(event(type, `${name}-${type}`, id)), ...rest })));
  const beacon = (call: Call): Call => ({ ...call, key: 'none', path: `${call.path}?writeKey=${world.keys.web}` });
  return [
    ...singles('/v1/', (type) => type, {}, 'v1'),
    ...singles('/v1/', (type) => type.slice(0, 1), { key: 'web', headers: text }, 'short'),
    ...singles('/beacon/v1/', (type) => type, { headers: text }, 'beacon').map(beacon),
    { name: '/v1/batch', path: '/v1/batch', body: batch('batch') },
    { name: '/v1/import', path: '/v1/import', body: batch('import') },
    { name: '/v1/b', path: '/v1/b', body: batch('short-batch'), key: 'web', headers: text },
    beacon({ name: '/beacon/v1/batch', path: '/beacon/v1/batch', body: batch('beacon-batch'), headers: text }),
    { name: '/v1/batch, gzip', path: '/v1/batch', body: gzipSync(batch('gzip')), headers: { 'content-encoding': 'gzip' } },
    { name: '/v1/batch, gzip as a form', path: '/v1/batch', body: gzipSync(batch('form')), headers: { 'content-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' } },
  ];
}

const atOnce = 4;

export async function sendByAllRoutes(world: World): Promise<string> {
  const calls = routeCalls(world);
  const waiting = calls.values();
  const failures: string[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const call of waiting) await taken(world, call).catch((error: Error) => failures.push(error.message));
    }),
  );
  if (failures.length > 0) throw new Error(`${failures.length} of ${calls.length} calls: ${failures.slice(0, 3).join('; ')}`);
  return `${calls.length} calls by ${new Set(calls.map(({ name }) => name)).size} routes were taken`;
}
