import { send, taken, withId, type Call } from '../http.ts';
import { anonymous, known, type World } from '../world.ts';

const valid = (extra: object = {}) => JSON.stringify({ userId: 'segue-smoke-nobody', event: 'Smoke Test', ...extra });
const track = (name: string, rest: Partial<Call>): Call => ({ name, path: '/v1/track', body: valid(), ...rest });

/** What has to be refused, and with which status. */
export const refusals = (world: World): [status: number, call: Call][] => [
  [401, track('no key', { key: 'none' })],
  [403, track('an unknown key', { key: 'none', headers: { authorization: `Basic ${Buffer.from('nobody-has-this-key:').toString('base64')}` } })],
  [403, track('a server key in an address', { key: 'none', path: `/beacon/v1/track?writeKey=${world.keys.server}` })],
  [400, track('no JSON', { body: '{"event":' })],
  [400, track('an empty body', { body: '' })],
  [400, track('no id', { body: valid({ userId: '', anonymousId: null }) })],
  [400, track('no event name', { body: valid({ event: null }) })],
  [413, track('an event over 32 KB', { body: valid({ properties: { text: 'x'.repeat(40_000) } }) })],
  [413, { name: '501 events', path: '/v1/batch', body: JSON.stringify({ batch: Array.from({ length: 501 }, () => ({ type: 'track', event: 'x', userId: 'segue-smoke-nobody' })) }) }],
  [415, track('a broken gzip', { headers: { 'content-encoding': 'gzip' } })],
  [415, track('XML', { headers: { 'content-type': 'application/xml' }, body: '<x/>' })],
  [404, track('an unknown path', { path: '/v2/track' })],
];

export async function refuseWhatIsWrong(world: World): Promise<string> {
  const all = refusals(world);
  const wrong: string[] = [];
  for (const [status, call] of all) {
    const answer = await send(world, call);
    if (answer.status !== status) wrong.push(`${call.name} was answered with ${answer.status} in place of ${status}: ${answer.text.slice(0, 120)}`);
  }
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return `${all.length} wrong calls, each with its status: ${all.map(([status, { name }]) => `${name} ${status}`).join(', ')}`;
}

/** A text that templates of API Gateway could spoil, and numbers of which JSON has several spellings. */
export const difficult = { text: `Grüße, "Ana's" \\ </script> \u20ac \u{1f600} $input.json('$') #if($x)`, number: 1.5, whole: 1, large: 9_007_199_254_740_991, nothing: null, list: [] };

/**
 * What AWS does with bodies whose handling is documented nowhere: null and empty ids, a missing sentAt, difficult texts. Who the events belong to
 * is seen in the profiles, the texts in the archive.
 */
export async function sendEdges(world: World): Promise<string> {
  const single = (name: string, id: object): Call => ({ name, path: '/v1/track', body: JSON.stringify({ event: 'Smoke Test', ...id, ...withId(world, 'edge') }) });
  const text = withId(world, 'text');
  world.texts.set(text.messageId, difficult);
  const mixed = [{ ...known(world, 'mixed') }, { userId: null, ...anonymous(world, 'mixed-null') }, { ...anonymous(world, 'mixed-none') }, { userId: '', ...anonymous(world, 'mixed-empty') }];
  const calls: Call[] = [
    single('userId null', { userId: null, ...anonymous(world, 'null') }),
    single('userId ""', { userId: '', ...anonymous(world, 'empty') }),
    single('both ids', { ...known(world, 'both'), anonymousId: null }),
    single('an apostrophe in the id', known(world, "o'hara")),
    { name: 'null ids within a batch', path: '/v1/batch', body: JSON.stringify({ batch: mixed.map((id) => ({ type: 'track', event: 'Smoke Test', ...id, ...withId(world, 'mixed') })) }) },
    { name: 'a difficult text', path: '/v1/track', body: JSON.stringify({ event: 'Smoke Test', ...known(world, 'text'), ...text, properties: difficult }) },
  ];
  const wrong: string[] = [];
  for (const call of calls) await taken(world, call).catch((error: Error) => wrong.push(error.message));
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return `${calls.map(({ name }) => name).join(', ')}: taken`;
}
