import type { CampaignConfig, Config } from '../schemas/config.ts';
import { isActivity, type DomainEvent } from './events.ts';
import { shortHash } from './hash.ts';
import { noNeeds } from './rules.ts';
import { compileSegments, type CompiledSegment } from './segments.ts';
import type { SignalDefinition } from './signals.ts';
import { dayMs, hourMs } from './time.ts';

export interface PointsFor {
  score: string;
  points: number;
  halfLifeMs: number;
}

export interface CompiledCampaign extends CampaignConfig {
  name: string;
  /** How long an execution lives when nothing stops it. */
  lifetimeMs: number;
}

/** The config, compiled once per cold start into what the fold looks up by event name. */
export interface Plan {
  config: Config;
  /** Changes whenever segments, scores or thresholds do; stored with each transition. */
  rulesVersion: string;
  signalsFor(eventName: string): readonly SignalDefinition[];
  signal(id: string): SignalDefinition | undefined;
  pointsFor(eventName: string): readonly PointsFor[];
  halfLifeMs(score: string): number;
  traitNames: ReadonlySet<string>;
  segments: readonly CompiledSegment[];
  /** Places of the segments whose answers the event can change, ascending. */
  touchedBy(event: DomainEvent): readonly number[];
  campaigns: readonly CompiledCampaign[];
}

export function compilePlan(config: Config): Plan {
  const needs = noNeeds();
  const segments = compileSegments(config, needs);
  const signals = [...needs.signals.values()];
  const wildcard = signals.filter(({ event }) => event === '*');
  const byEvent = Map.groupBy(signals, ({ event }) => event);
  const points = Object.entries(config.scores).flatMap(([score, { points: table, halfLifeDays }]) =>
    Object.entries(table).map(([event, amount]) => ({ event, score, points: amount, halfLifeMs: halfLifeDays * dayMs })),
  );
  const pointsByEvent = Map.groupBy(points, ({ event }) => event);
  return {
    config,
    rulesVersion: shortHash([JSON.stringify([config.segments, config.fallback, config.scores, config.thresholds])], 8),
    signalsFor: (name) => [...(byEvent.get(name) ?? []), ...(isActivity(name) ? wildcard : [])],
    signal: (id) => needs.signals.get(id),
    pointsFor: (name) => pointsByEvent.get(name) ?? [],
    halfLifeMs: (score) => (config.scores[score]?.halfLifeDays ?? 1) * dayMs,
    traitNames: needs.traits,
    segments,
    touchedBy: touchIndex(segments, pointsByEvent),
    campaigns: Object.entries(config.campaigns).map(([name, campaign]) => ({ ...campaign, name, lifetimeMs: lifetimeMs(campaign) })),
  };
}

/** All waits, and a day for sends that are retried or put off. */
function lifetimeMs(campaign: CampaignConfig): number {
  return Object.values(campaign.steps).reduce((sum, step) => sum + step.afterHours * hourMs, dayMs);
}

function touchIndex(segments: readonly CompiledSegment[], pointsByEvent: ReadonlyMap<string, PointsFor[]>): Plan['touchedBy'] {
  const known = new Map<string, number[]>();
  const places = (isTouched: (asks: CompiledSegment['asks']) => boolean) => segments.flatMap(({ asks }, place) => (isTouched(asks) ? [place] : []));
  return ({ name, traits }) => {
    const tellsOfPerson = name === 'email_unsubscribed' || Object.keys(traits).length > 0;
    const key = `${tellsOfPerson}:${name}`;
    let touched = known.get(key);
    if (touched === undefined) {
      const scores = (pointsByEvent.get(name) ?? []).map(({ score }) => score);
      touched = places(
        (asks) => asks.events.has(name) || (isActivity(name) && asks.events.has('*')) || scores.some((score) => asks.scores.has(score)) || (tellsOfPerson && asks.traits),
      );
      // Names come from outside, so there is no end to them.
      if (known.size < maxKnownNames) known.set(key, touched);
    }
    return touched;
  };
}

const maxKnownNames = 1000;
