import { mergeSignals } from '../rules/signals.ts';
import { mergeHours } from '../profile/active-hours.ts';
import { newer } from '../profile/dated.ts';
import { mergedKeeping } from '../profile/keeping.ts';
import { drawKeyAfterJoin, withRunsDrawnBy } from '../profile/draw.ts';
import { mergeViews } from '../profile/views.ts';
import { own } from '../own.ts';
import { mergeInterests } from '../profile/interests.ts';
import { mergeMessages } from '../profile/messages.ts';
import { isExited, runId, startsWithinDay } from '../campaigns/workflow-effects.ts';
import type { StopWorkflow } from '../profile/effects.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile, Run } from '../profile/profile.ts';
import { mergeOutcomes } from '../profile/outcomes.ts';
import type { Thresholds } from '../rules/compile.ts';
import { mergeScores, scoreAt } from '../rules/score.ts';
import { withThresholds } from '../rules/segments.ts';

/**
 * The known profile with an anonymous one's history added. To be done once per anonymous profile; `absorbedNow`
 * marks it. Workflows that the anonymous person started go on under their own names, unless the known person has
 * the same one already, which is then the one to keep.
 * @param byWeb only a web key says that the two are one person: traits, consent and returns to topics are not taken over
 * @param thresholds in force; those of the config for names that are not in it
 */
export function mergeProfiles(plan: Plan, known: Profile, anonymous: Profile, { byWeb = false, thresholds = {} }: { byWeb?: boolean; thresholds?: Thresholds } = {}): Profile {
  const merged: Profile = { ...known, ...mergedKeeping(known, anonymous), signals: { ...known.signals }, scores: { ...known.scores }, traits: { ...known.traits } };
  merged.outcomes = mergeOutcomes(plan, known, anonymous);
  for (const [id, state] of Object.entries(anonymous.signals)) {
    const definition = plan.signal(id);
    if (definition) merged.signals[id] = mergeSignals(definition, merged.signals[id], state);
  }
  for (const [name, score] of Object.entries(anonymous.scores)) {
    merged.scores[name] = mergeScores(merged.scores[name], score, plan.halfLifeMs(name));
    merged.thresholdsOn = thresholdsAfterMerge(plan, name, merged, [known, anonymous], thresholds);
  }
  merged.unsubscribedAtMs = maxOf(known.unsubscribedAtMs, anonymous.unsubscribedAtMs);
  merged.exits = maxOf(known.exits, anonymous.exits);
  merged.entries = maxOf(known.entries, anonymous.entries);
  merged.failures = newestFailures(known.failures, anonymous.failures);
  merged.views = mergeViews(known.views, anonymous.views);
  merged.activeHours = mergeHours(known.activeHours, anonymous.activeHours);
  merged.drawKey = drawKeyAfterJoin(known, anonymous);
  merged.runs = withRunsDrawnBy(known, merged.drawKey);
  merged.interests = mergeInterests(anonymous.interests, known.interests);
  merged.messages = mergeMessages(anonymous.messages, known.messages);
  const drawn = { ...anonymous, runs: withRunsDrawnBy(anonymous, merged.drawKey) };
  return withRunsOf(plan, byWeb ? merged : withIdentityOf(merged, anonymous), drawn, byWeb ? plan.config.webKeys.maxStartsPerDay : Infinity);
}

/** Over a threshold of the score is who was over it in either history when the later of the two scores last changed, or is so with the sum of both. */
function thresholdsAfterMerge(plan: Plan, name: string, merged: Profile, histories: readonly Profile[], thresholds: Thresholds): readonly string[] {
  const [names, halfLifeMs, score] = [plan.thresholdsOf(name), plan.halfLifeMs(name), merged.scores[name]];
  if (names.length === 0 || score === undefined) return merged.thresholdsOn;
  const still = histories.flatMap(({ thresholdsOn, scores }) => withThresholds(plan.config, thresholdsOn, names, scoreAt(scores[name], score.atMs, halfLifeMs), thresholds).filter((one) => names.includes(one)));
  // One may be in the list twice, until the profile is settled.
  return withThresholds(plan.config, [...merged.thresholdsOn.filter((one) => !names.includes(one)), ...still], names, score.value, thresholds);
}

/** What the anonymous person said of themselves and agreed to. Doing it again changes nothing, so a server may join later what a web key has joined. */
export function withIdentityOf(known: Profile, { traits, consent, resubscribedAtMs, hasAddress }: Profile): Profile {
  const merged = { ...known, traits: { ...known.traits }, resubscribedAtMs: maxOf(known.resubscribedAtMs, resubscribedAtMs) };
  for (const [name, trait] of Object.entries(traits)) merged.traits[name] = newer(own(merged.traits, name), trait);
  if (consent) merged.consent = saferConsent(known.consent, consent);
  if (hasAddress) merged.hasAddress = newer(known.hasAddress, hasAddress);
  return merged;
}

/** Runs of both, but for those that one of them ended, for a second one of the same workflow, and for more than a web key may start. */
function withRunsOf(plan: Plan, known: Profile, anonymous: Profile, maxWebStarts: number): Profile {
  const runs = { ...known.runs };
  const stops: StopWorkflow[] = [];
  let { webStartsAtMs } = known;
  for (const run of [...Object.values(known.runs), ...Object.values(anonymous.runs)]) {
    const id = runId(run);
    const isOwn = own(known.runs, id)?.executionName === run.executionName;
    const taken = own(runs, id);
    // A run whose time was up is over, though nobody has told of its end: as at an entry, it keeps nobody out.
    const isTaken = taken !== undefined && run.entryAtMs < taken.endsAtMs;
    const cause = whyNot(run, isOwn, isTaken, startsWithinDay(webStartsAtMs, run.entryAtMs).length >= maxWebStarts);
    if (cause !== undefined) {
      stops.push({ kind: 'stop', campaign: run.campaign, executionName: run.executionName, cause });
      if (isOwn) delete runs[id];
      else if (runs[id] !== undefined) runs[id] = touchedBy(plan, runs[id], run);
      continue;
    }
    runs[id] = run;
    if (!isOwn && maxWebStarts < Infinity) webStartsAtMs = [...webStartsAtMs, run.entryAtMs];
  }
  return { ...known, runs, webStartsAtMs, outbox: [...known.outbox, ...stops] };

  function whyNot(run: Run, isOwn: boolean, isTaken: boolean, isFull: boolean): string | undefined {
    const campaign = plan.campaigns.find(({ name }) => name === run.campaign);
    if (isExited(campaign ?? { exitLeadMs: 0 }, known.exits[run.campaign], run.entryAtMs)) return 'the person did what ends this campaign';
    if (isOwn) return undefined;
    if (isTaken) return `the same workflow runs for ${known.userKey}`;
    return isFull ? `a web key may start no more than ${maxWebStarts} workflows a day for ${known.userKey}` : undefined;
  }
}

/** Takes over that the person touched their cart as a visitor. */
function touchedBy(plan: Plan, kept: Run, other: Run): Run {
  const campaign = plan.campaigns.find(({ name }) => name === kept.campaign);
  const atMs = other.restartedAtMs ?? other.entryAtMs;
  if (campaign === undefined || campaign.restartedBy.size === 0 || atMs <= (kept.restartedAtMs ?? kept.entryAtMs)) return kept;
  return { ...kept, restartedAtMs: atMs, endsAtMs: atMs + campaign.lifetimeMs };
}

function newestFailures(a: Profile['failures'], b: Profile['failures']): Profile['failures'] {
  const merged = { ...a };
  for (const [campaign, failure] of Object.entries(b)) if (failure.atMs >= (own(merged, campaign)?.atMs ?? -Infinity)) merged[campaign] = failure;
  return merged;
}

/** The newer of two decisions; of two at one instant, whose order nobody knows, the one that allows less. */
function saferConsent(a: Profile['consent'], b: NonNullable<Profile['consent']>): NonNullable<Profile['consent']> {
  return a !== undefined && a.atMs === b.atMs && a.value === true ? b : newer(a, b);
}

function maxOf(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const merged = { ...a };
  for (const [name, value] of Object.entries(b)) merged[name] = Math.max(own(merged, name) ?? 0, value);
  return merged;
}
