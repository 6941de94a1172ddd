import type { Config } from '../../schemas/config.ts';
import { compileCampaigns, type CompiledCampaign } from './campaigns.ts';
import { isOfPerson, type DomainEvent } from '../events/event.ts';
import { shortHash } from '../hash.ts';
import { noNeeds } from '../rules/compile.ts';
import { compileSegments, type CompiledSegment } from '../rules/segments.ts';
import type { SignalDefinition } from '../rules/signals.ts';
import { answeredEvent } from '../events/event.ts';
import { answerScores } from '../surveys/points.ts';
import { isEmpty } from '../own.ts';
import { dayMs } from '../time.ts';

export interface PointsFor {
  score: string;
  points: number;
}

/** The config, compiled once per cold start into what the fold looks up by event name. */
export interface Plan {
  config: Config;
  /** Changes whenever segments, scores or thresholds do; stored with each transition. */
  rulesVersion: string;
  signalsFor(eventName: string): readonly SignalDefinition[];
  signal(id: string): SignalDefinition | undefined;
  pointsFor(eventName: string): readonly PointsFor[];
  /** Does an event of that name count as something that the person did (`*` in rules)? */
  isActivity(name: string): boolean;
  /** Names of the thresholds of a score. */
  thresholdsOf(score: string): readonly string[];
  halfLifeMs(score: string): number;
  /** Scores with a calibrated threshold: what they were at the start of a month is kept. */
  calibratedScores: readonly string[];
  traitNames: ReadonlySet<string>;
  /** Traits that no cap may drop: what emails are addressed, filled and timed by, and what rules ask for. */
  lastingTraits: ReadonlySet<string>;
  segments: readonly CompiledSegment[];
  /** Places of the segments whose answers the event can change, ascending. */
  touchedBy(event: DomainEvent): readonly number[];
  campaigns: readonly CompiledCampaign[];
  /** Those that the event may start, resume or end. */
  campaignsFor(eventName: string): readonly CompiledCampaign[];
  /** Are the hours kept at which a person is active? Only when a step asks for the best one. */
  keepsHours: boolean;
}

export function compilePlan(config: Config): Plan {
  const excluded = new Set(config.activity.excludes);
  const isActivity = (name: string) => isOfPerson(name) && !excluded.has(name);
  const needs = noNeeds();
  const segments = compileSegments(config, needs);
  const campaigns = compileCampaigns(config, needs);
  const signals = [...needs.signals.values()];
  const wildcard = signals.filter(({ event }) => event === '*');
  const named = Map.groupBy(signals.filter(({ event }) => event !== '*'), ({ event }) => event);
  const signalsByEvent = new Map([...named].map(([name, own]) => [name, isActivity(name) ? [...own, ...wildcard] : own]));
  const points = Object.entries(config.scores).flatMap(([score, { points: table }]) => Object.entries(table).map(([event, amount]) => ({ event, score, points: amount })));
  const thresholdsByScore = new Map(Object.keys(config.scores).map((score) => [score, Object.keys(config.thresholds).filter((name) => config.thresholds[name]?.score === score)]));
  const pointsByEvent = Map.groupBy(points, ({ event }) => event);
  return {
    config,
    // What is only shown, such as titles, changes no rule.
    rulesVersion: rulesVersionOf(config),
    signalsFor: (name) => signalsByEvent.get(name) ?? (isActivity(name) ? wildcard : []),
    signal: (id) => needs.signals.get(id),
    pointsFor: (name) => pointsByEvent.get(name) ?? [],
    calibratedScores: [...new Set(Object.values(config.thresholds).flatMap(({ score, calibrate }) => (calibrate ? [score] : [])))],
    isActivity,
    thresholdsOf: (score) => thresholdsByScore.get(score) ?? [],
    halfLifeMs: (score) => (config.scores[score]?.halfLifeDays ?? 1) * dayMs,
    traitNames: needs.traits,
    lastingTraits: new Set([...mailTraits, ...(config.consent.trait === null ? [] : [config.consent.trait]), ...needs.traits]),
    segments,
    touchedBy: touchIndex(segments, isActivity, (name) => [...(pointsByEvent.get(name) ?? []).map(({ score }) => score), ...(name === answeredEvent ? answerScores(config) : [])]),
    campaigns,
    campaignsFor: campaignIndex(campaigns),
    keepsHours: campaigns.some(({ steps }) => Object.values(steps).some(({ atLocalHour }) => atLocalHour === 'best')),
  };
}

function rulesVersionOf(config: Config): string {
  const { segments, fallback, scores, thresholds, classifier, activity } = config;
  const rules: unknown[] = [segments.map(({ name, when }) => [name, when]), fallback.name, scores, thresholds, activity];
  if (classifier?.mode === 'when-better') rules.push(classifier);
  if (answerScores(config).length > 0) rules.push(Object.values(config.surveys).map(({ answers }) => answers.map(({ value, points }) => [value, points])));
  return shortHash([JSON.stringify(rules)], 8);
}

function campaignIndex(campaigns: readonly CompiledCampaign[]): Plan['campaignsFor'] {
  const namesIn = ({ entry, waits, exit, restartedBy }: CompiledCampaign) => new Set(['event' in entry ? entry.event : undefined, exit.event, ...restartedBy, ...Object.values(waits).map(({ event }) => event)]);
  const concerned = new Map<string | undefined, CompiledCampaign[]>();
  for (const campaign of campaigns) for (const name of namesIn(campaign)) concerned.set(name, [...(concerned.get(name) ?? []), campaign]);
  return (name) => concerned.get(name) ?? [];
}

/** @param scoresMovedBy scores that an event of that name can move */
function touchIndex(segments: readonly CompiledSegment[], isActivity: Plan['isActivity'], scoresMovedBy: (event: string) => string[]): Plan['touchedBy'] {
  /** By whether the event counts as activity of the person. Other names are not remembered, since they come from outside and have no end. */
  const known = { true: new Map<string, number[]>(), false: new Map<string, number[]>() };
  const places = (isTouched: (asks: CompiledSegment['reads']) => boolean) => segments.flatMap(({ reads: asks }, place) => (isTouched(asks) ? [place] : []));
  return ({ name, traits }) => {
    const tellsOfPerson = !isEmpty(traits) || name === 'email_unsubscribed' || name === 'email_resubscribed';
    const knownNames = known[`${tellsOfPerson}`];
    let touched = knownNames.get(name);
    if (touched === undefined) {
      const scores = scoresMovedBy(name);
      touched = places(
        (asks) => asks.events.has(name) || (isActivity(name) && asks.events.has('*')) || scores.some((score) => asks.scores.has(score)) || (tellsOfPerson && asks.traits),
      );
      if (knownNames.size < maxKnownNames) knownNames.set(name, touched);
    }
    return touched;
  };
}

const maxKnownNames = 1000;

/** What an email needs to know of a person. */
const mailTraits = ['email', 'first_name', 'firstName', 'name', 'last_name', 'lastName', 'locale', 'language', 'timezone'];
