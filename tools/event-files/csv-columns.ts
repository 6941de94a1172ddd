import { BadLine, UsageError } from '../simulate/errors.ts';
import { parseTimeMs, timeForms } from '../simulate/times.ts';
import type { ReadTime } from './date-format.ts';

export type Call = Record<string, unknown>;

const roles = ['user', 'anonymous', 'event', 'time', 'message'] as const;
type Role = (typeof roles)[number];

/** Column names that need no map. */
const usualNames: Record<Role, readonly string[]> = {
  user: ['user', 'userId', 'user_id'],
  anonymous: ['anonymous', 'anonymousId', 'anonymous_id'],
  event: ['event', 'event_name'],
  time: ['time', 'timestamp'],
  message: ['message', 'messageId', 'message_id'],
};

/**
 * Reads `user=customer_id,event=action,total=amount`: what a column means, then the column's name.
 * @throws UsageError naming the part that is wrong
 */
export function parseColumnMap(text: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const part of text.split(',')) {
    const split = part.indexOf('=');
    const [name, column] = [part.slice(0, split).trim(), part.slice(split + 1).trim()];
    if (split < 1 || name === '' || column === '') {
      throw new UsageError(
        `--columns: ${JSON.stringify(part)}: must be <name>=<column>, where <name> is ${roles.join(', ')}, or that of a property`,
      );
    }
    if (map.has(name)) throw new UsageError(`--columns: ${JSON.stringify(part)}: ${name} is mapped twice`);
    map.set(name, column);
  }
  return map;
}

/**
 * Makes the function that turns the cells of a record into a Segment call. Columns without a role are properties
 * under their own names; the event names `identify` and `identified` make them traits.
 * @throws UsageError when a mapped column does not exist or a needed one is missing
 */
export function callReader(
  header: readonly string[],
  map: ReadonlyMap<string, string>,
  readTime: ReadTime = usualTime,
): (cells: readonly string[]) => Call {
  const columns = header.map((name) => name.trim());
  const there = `the columns are ${columns.join(', ')}`;
  const twice = columns.find((name, place) => name !== '' && columns.indexOf(name) < place);
  if (twice !== undefined) throw new UsageError(`the column ${JSON.stringify(twice)} is there twice; ${there}`);
  for (const [name, column] of map) {
    if (!columns.includes(column))
      throw new UsageError(`--columns: ${name}=${column}: there is no column ${JSON.stringify(column)}; ${there}`);
  }
  const placeOf = (role: Role) =>
    columns.findIndex((column) => (map.has(role) ? map.get(role) === column : usualNames[role].includes(column)));
  const places = Object.fromEntries(roles.map((role) => [role, placeOf(role)])) as Record<Role, number>;
  for (const role of ['event', 'time'] as const)
    if (places[role] < 0) throw new UsageError(`no column for ${role}: name it with --columns ${role}=<column>; ${there}`);
  if (places.user < 0 && places.anonymous < 0)
    throw new UsageError(`no column for user or anonymous: name one with --columns user=<column>; ${there}`);

  const propertyNames = new Map(
    [...map].filter(([name]) => !(roles as readonly string[]).includes(name)).map(([name, column]) => [column, name]),
  );
  const taken = new Set(Object.values(places));
  const properties = columns.flatMap((column, place) => (taken.has(place) || column === '' ? [] : [{ place, name: propertyNames.get(column) ?? column }]));

  return (cells) => {
    const cell = (role: Role) => cells[places[role]] || undefined;
    const event = cell('event');
    if (event === undefined) throw new BadLine('no event name');
    const atMs = readTime(cell('time') ?? '');
    const bag: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const { place, name } of properties) if (cells[place] !== '') bag[name] = typed(cells[place] as string);
    return {
      timestamp: new Date(atMs).toISOString(),
      ...(cell('user') !== undefined && { userId: cell('user') }),
      ...(cell('anonymous') !== undefined && { anonymousId: cell('anonymous') }),
      ...(cell('message') !== undefined && { messageId: cell('message') }),
      ...(event === 'identify' || event === 'identified'
        ? { type: 'identify', traits: { ...bag } }
        : { type: 'track', event, properties: { ...bag } }),
    };
  };
}

/**
 * CSV has only text, and a number may be an id or a code: 12345 and 01234 stay what they are. Rules compare texts with numbers where
 * they need to. Nobody writes true and false for anything else.
 */
function typed(text: string): unknown {
  const word = text.toLowerCase();
  return word === 'true' || word === 'false' ? word === 'true' : text;
}

const usualTime: ReadTime = (text) => {
  const atMs = parseTimeMs(text);
  if (atMs !== undefined) return atMs;
  throw new BadLine(`time ${JSON.stringify(text)} is none of ${timeForms}; give its form with --date-format, such as DD.MM.YYYY HH:mm`);
};
