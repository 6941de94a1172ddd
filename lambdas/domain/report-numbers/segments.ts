import type { Config } from '../../schemas/config.ts';
import type { ReportDataInput } from '../../schemas/report.ts';
import type { PeopleSums } from './people.ts';
import { absent } from './segment-changes.ts';
import { rowsOf } from './tally.ts';

/** How many people each segment has, where they came from, and which rules hold together. */
export function segmentNumbers({ segments, fallback }: Pick<Config, 'segments' | 'fallback'>, people: Pick<PeopleSums, 'segments' | 'overlaps'>): Pick<ReportDataInput, 'segments' | 'matrix' | 'overlaps' | 'lostSegments'> {
  const nameAt = (place: string) => segments[Number(place)]?.name ?? place;
  return {
    segments: [...segments, fallback].map(({ name, title }) => ({ segment: name, title, atStart: people.segments.sum({ 0: name }), atEnd: people.segments.sum({ 1: name }) })),
    matrix: rowsOf(people.segments, ([from = absent, to = absent], count) => ({ from: from === absent ? null : from, to, people: count })),
    lostSegments: segments.filter(({ lost }) => lost).map(({ name }) => name),
    overlaps: rowsOf(people.overlaps, ([places = ''], count) => ({ segments: places === '' ? [] : places.split(',').map(nameAt), people: count })),
  };
}
