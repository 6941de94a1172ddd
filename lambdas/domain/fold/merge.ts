import { mergeSignals } from '../rules/signals.ts';
import { mergeHours } from '../profile/active-hours.ts';
import { mergeViews, newer } from '../profile/content.ts';
import { own } from '../own.ts';
import { mergeMessages } from '../profile/messages.ts';
import { runId } from '../campaigns/workflow-effects.ts';
import type { StopWorkflow } from '../profile/effects.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { mergeOutcomes } from '../profile/outcomes.ts';
import { mergeScores } from '../rules/score.ts';

/**
 * The known profile with an anonymous one's history added. To be done once per anonymous profile; `absorbedNow`
 * marks it. Workflows that the anonymous person started go on under their own names, unless the known person has
 * the same one already, which is then the one to keep.
 */
export function mergeProfiles(plan: Plan, known: Profile, anonymous: Profile): Profile {
  const merged: Profile = { ...known, signals: { ...known.signals }, scores: { ...known.scores }, traits: { ...known.traits } };
  merged.outcomes = mergeOutcomes(plan, known, anonymous);
  for (const [id, state] of Object.entries(anonymous.signals)) {
    const definition = plan.signal(id);
    if (definition) merged.signals[id] = mergeSignals(definition, merged.signals[id], state);
  }
  for (const [name, score] of Object.entries(anonymous.scores)) merged.scores[name] = mergeScores(merged.scores[name], score, plan.halfLifeMs(name));
  for (const [name, trait] of Object.entries(anonymous.traits)) merged.traits[name] = newer(own(merged.traits, name), trait);
  if (anonymous.consent) merged.consent = saferConsent(known.consent, anonymous.consent);
  merged.unsubscribedAtMs = maxOf(known.unsubscribedAtMs, anonymous.unsubscribedAtMs);
  merged.resubscribedAtMs = maxOf(known.resubscribedAtMs, anonymous.resubscribedAtMs);
  merged.exits = maxOf(known.exits, anonymous.exits);
  merged.entries = maxOf(known.entries, anonymous.entries);
  merged.failures = newestFailures(known.failures, anonymous.failures);
  merged.views = mergeViews(known.views, anonymous.views);
  merged.activeHours = mergeHours(known.activeHours, anonymous.activeHours);
  merged.messages = mergeMessages(anonymous.messages, known.messages);
  return withRunsOf(merged, anonymous);
}

/** Runs of both, but for those that one of them ended, and for a second one of the same workflow. */
function withRunsOf(known: Profile, anonymous: Profile): Profile {
  const runs: Profile['runs'] = {};
  const stops: StopWorkflow[] = [];
  for (const run of [...Object.values(known.runs), ...Object.values(anonymous.runs)]) {
    const id = runId(run);
    const over = (known.exits[run.campaign] ?? -Infinity) >= run.entryAtMs;
    if (!over && own(runs, id) === undefined) {
      runs[id] = run;
      continue;
    }
    const cause = over ? 'the person did what ends this campaign' : `the same workflow runs for ${known.userKey}`;
    stops.push({ kind: 'stop', campaign: run.campaign, executionName: run.executionName, cause });
  }
  return { ...known, runs, outbox: [...known.outbox, ...stops] };
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
