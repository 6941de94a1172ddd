import type { Config } from '../../schemas/config.ts';
import type { ReportDataInput } from '../../schemas/report.ts';
import type { PeopleSums } from './people.ts';
import { absent } from './segment-changes.ts';
import { rowsOf } from './tally.ts';

/** How many people each segment has, where they came from, and which rules hold at the same time. */
export function segmentNumbers({ segments, fallback }: Pick<Config, 'segments' | 'fallback'>, people: Pick<PeopleSums, 'segments' | 'overlaps'>): Pick<ReportDataInput, 'segments' | 'matrix' | 'overlaps' | 'lostSegments'> {
  const nameAt = (place: string) => segments[Number(place)]?.name ?? place;
  return {
    segments: [...segments, fallback].map(({ name, title }) => ({ segment: name, title, atStart: people.segments.sum({ 0: name }), atEnd: people.segments.sum({ 1: name }) })),
    matrix: matrix([...segments, fallback].map(({ name }) => name), people.segments),
    lostSegments: segments.filter(({ lost }) => lost).map(({ name }) => name),
    overlaps: rowsOf(people.overlaps, ([places = ''], count) => ({ segments: places === '' ? [] : places.split(',').map(nameAt), people: count })),
  };
}

/** In the order of the config; segments that it has no more come after those, and who was not there at the start comes last. */
function matrix(names: readonly string[], moves: PeopleSums['segments']): NonNullable<ReportDataInput['matrix']> {
  const place = (segment: string | null) => (segment === null ? Infinity : names.includes(segment) ? names.indexOf(segment) : names.length);
  const rows = rowsOf(moves, ([from = absent, to = absent], people) => ({ from: from === absent ? null : from, to, people }));
  return rows.sort((a, b) => compare(place(a.from), place(b.from)) || compare(place(a.to), place(b.to)));
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
