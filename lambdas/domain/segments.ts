import type { Config } from '../schemas/config.ts';
import { compileRule, type Condition, type Needs, type RuleView, type Thresholds } from './rules.ts';
import { scoreAt } from './score.ts';
import { dayMs } from './time.ts';

export interface CompiledSegment {
  name: string;
  condition: Condition;
}

/** Compiles the ordered list; a segment may refer to those before it. */
export function compileSegments(config: Config, needs: Needs): CompiledSegment[] {
  const earlier = new Map<string, Condition>();
  return config.segments.map(({ name, when }) => {
    const condition = compileRule(when, config, needs, earlier);
    earlier.set(name, condition);
    return { name, condition };
  });
}

/** Which thresholds a person is over, with hysteresis: in at `enter`, out below `exit`. */
export function thresholdsOn(config: Config, view: Pick<RuleView, 'scores' | 'thresholdsOn'>, nowMs: number, thresholds: Thresholds): string[] {
  return Object.entries(config.thresholds)
    .filter(([name, { score }]) => {
      const level = thresholds[name] ?? config.thresholds[name];
      const value = scoreAt(view.scores[score], nowMs, (config.scores[score]?.halfLifeDays ?? 1) * dayMs);
      return level !== undefined && value >= (view.thresholdsOn.includes(name) ? level.exit : level.enter);
    })
    .map(([name]) => name);
}

export interface Assignment {
  segment: string;
  /** The earliest instant at which time alone could change the segment, or Infinity. */
  changesAtMs: number;
}

/** The first segment whose rule holds, so that membership is exclusive; else the fallback. */
export function assignSegment(segments: readonly CompiledSegment[], fallback: string, view: RuleView, nowMs: number, thresholds: Thresholds): Assignment {
  let changesAtMs = Infinity;
  for (const { name, condition } of segments) {
    changesAtMs = Math.min(changesAtMs, condition.changesAtMs(view, nowMs, thresholds));
    // Those further down cannot matter before this one changes.
    if (condition.test(view, nowMs, thresholds)) return { segment: name, changesAtMs };
  }
  return { segment: fallback, changesAtMs };
}
