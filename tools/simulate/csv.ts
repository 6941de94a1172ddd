import { BadLine, UsageError } from './errors.ts';
import { parseTimeMs, timeForms } from './times.ts';

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

/** One record's cells, by RFC 4180. */
export function parseCells(record: string, delimiter: string): string[] {
  if (!record.includes('"')) return record.split(delimiter);
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let place = 0; place < record.length; place += 1) {
    const char = record[place] as string;
    if (char === '"') {
      // Two quotes within quotes are one.
      if (quoted && record[place + 1] === '"') {
        cell += '"';
        place += 1;
      } else quoted = !quoted;
    } else if (char === delimiter && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  return [...cells, cell];
}

/** Comma, semicolon or tab: whichever the header holds most of. */
export function delimiterOf(header: string): string {
  const counts = [',', ';', '\t'].map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).delimiter;
}

/**
 * Makes the function that turns the cells of a record into a Segment call. Columns without a role are properties
 * under their own names; the event names `identify` and `identified` make them traits.
 * @throws UsageError when a mapped column does not exist or a needed one is missing
 */
export function callReader(header: readonly string[], map: ReadonlyMap<string, string>): (cells: readonly string[]) => Call {
  const columns = header.map((name) => name.trim());
  const there = `the columns are ${columns.join(', ')}`;
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
  const properties = columns.flatMap((column, place) => (taken.has(place) ? [] : [{ place, name: propertyNames.get(column) ?? column }]));

  return (cells) => {
    if (cells.length !== columns.length) throw new BadLine(`${cells.length} cells, the header has ${columns.length}`);
    const cell = (role: Role) => cells[places[role]] || undefined;
    const event = cell('event');
    if (event === undefined) throw new BadLine('no event name');
    const atMs = parseTimeMs(cell('time') ?? '');
    if (atMs === undefined) throw new BadLine(`time ${JSON.stringify(cell('time') ?? '')} is none of ${timeForms}`);
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

/** CSV has only text; what JSON would write without quotes is a number or a boolean. */
function typed(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text;
}
