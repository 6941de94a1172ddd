import type { ReportData } from '../../schemas/report.ts';
import { periodOf } from '../period.ts';
import { createFormat, monthTitle, readable, type Format } from './format.ts';
import { colourOf, type Colour } from './palette.ts';

/** What every section works with. */
export interface Context {
  data: ReportData;
  format: Format;
  /** Such as November 2026. */
  month: string;
  /** The month was not over when the report was made. */
  isPartial: boolean;
  /** `null` stands for people who were in none yet. */
  segmentLabel(segment: string | null): string;
  /** The same segment has the same colour in all plots; the fallback is grey. */
  segmentColour(segment: string | null): Colour;
}

export function createContext(data: ReportData): Context {
  const places = new Map(data.segments.map(({ segment }, index) => [segment, index]));
  return {
    data,
    format: createFormat(data),
    month: monthTitle(data.month),
    isPartial: data.generatedAtMs < periodOf(data.month).untilMs,
    segmentLabel: (segment) => (segment === null ? 'New' : readable(segment)),
    segmentColour(segment) {
      const place = segment === null ? undefined : places.get(segment);
      return place === undefined || place === data.segments.length - 1 ? 'c0' : colourOf(place);
    },
  };
}
