import type { CampaignConfig, Config } from '../../lambdas/schemas/config.ts';
import { contradicts, implies, unreachableSegments } from '../../lambdas/schemas/config-warnings.ts';
import type { Rule } from '../../lambdas/schemas/rule.ts';
import { smokeTest } from '../../lambdas/schemas/smoke-test.ts';
import { visit } from '../../lambdas/schemas/visit-rule.ts';

/** Campaigns that nobody can enter, or that nobody leaves before their last step, as far as the rules show it. One line each. */
export function campaignProblems(config: Config): string[] {
  return [...nameProblems(config), ...aliasProblems(config), ...Object.entries(config.campaigns).flatMap(([name, campaign]) => [...entryProblems(config, name, campaign), ...exitProblems(name, campaign)])];
}

function nameProblems({ campaigns }: Config): string[] {
  return Object.entries(campaigns).flatMap(([name, { stateMachine, topic }]) => [
    ...(name === smokeTest ? [`campaigns.${name}: is the name of the campaign of npm run smoke; choose another one`] : []),
    ...(stateMachine === smokeTest ? [`campaigns.${name}.stateMachine: ${JSON.stringify(stateMachine)}: is the state machine of npm run smoke; choose another name`] : []),
    ...(topic === smokeTest ? [`campaigns.${name}.topic: ${JSON.stringify(topic)}: is the topic of npm run smoke; choose another one`] : []),
  ]);
}

function entryProblems(config: Config, name: string, { entry }: CampaignConfig): string[] {
  const at = `campaigns.${name}.entry`;
  const never = new Set(unreachableSegments(config).map((index) => config.segments[index]!.name));
  const problems: string[] = [];
  for (const side of ['entersSegment', 'leavesSegment'] as const) {
    const segment = side in entry ? (entry as Record<typeof side, string>)[side] : undefined;
    if (segment !== undefined && never.has(segment)) problems.push(`${at}.${side}: ${JSON.stringify(segment)}: nobody can be in this segment, so nobody enters the campaign`);
  }
  if (entry.when !== undefined && contradicts(entry.when)) problems.push(`${at}.when: ${JSON.stringify(entry.when)}: contradicts itself, so nobody enters the campaign`);
  return problems;
}

function exitProblems(name: string, { entry, exit }: CampaignConfig): string[] {
  const at = `campaigns.${name}.exit`;
  const problems: string[] = [];
  const isEntry = 'event' in entry && exit.event === entry.event;
  if (isEntry && (exit.where === undefined || JSON.stringify(exit.where) === JSON.stringify(entry.where)))
    problems.push(`${at}.event: ${JSON.stringify(exit.event)}: starts the campaign, too, so it would end at once; name another event, or a where`);
  if (exit.when === undefined) return problems;
  const atEntry = entryRule(entry);
  if (atEntry !== undefined && implies(atEntry, exit.when)) problems.push(`${at}.when: ${JSON.stringify(exit.when)}: holds for everybody who enters, so the campaign would end at once`);
  if (exit.event === undefined && contradicts(exit.when)) problems.push(`${at}.when: ${JSON.stringify(exit.when)}: contradicts itself, so nobody leaves the campaign`);
  return problems;
}

/** What holds for everybody who has just entered. */
function entryRule(entry: CampaignConfig['entry']): Rule | undefined {
  const rules: Rule[] = [...(entry.when === undefined ? [] : [entry.when]), ...('entersSegment' in entry ? [{ segment: entry.entersSegment }] : 'leavesSegment' in entry ? [{ not: { segment: entry.leavesSegment } }] : [])];
  return rules.length === 0 ? undefined : { all: rules };
}

/** An event arrives under the name that its alias stands for, so nothing ever happens under the alias. */
function aliasProblems({ aliases, conversions, products, scores, segments, campaigns }: Config): string[] {
  const named: [path: string, event: string][] = [
    ...conversions.map((event, index): [string, string] => [`conversions.${index}`, event]),
    ...Object.entries(products ?? {}).map(([name, event]): [string, string] => [`products.${name}`, event]),
    ...Object.entries(scores).flatMap(([score, { points }]) => Object.keys(points).map((event): [string, string] => [`scores.${score}.points`, event])),
  ];
  const inRule = (rule: Rule | undefined, path: string) => {
    if (rule) visit(rule, path, (leaf, at) => 'did' in leaf && named.push([`${at}.did`, leaf.did]));
  };
  segments.forEach(({ when }, index) => inRule(when, `segments.${index}.when`));
  for (const [name, { entry, exit, waits, branches, steps }] of Object.entries(campaigns)) {
    const at = `campaigns.${name}`;
    if ('event' in entry) named.push([`${at}.entry.event`, entry.event]);
    if (exit.event !== undefined) named.push([`${at}.exit.event`, exit.event]);
    inRule(entry.when, `${at}.entry.when`);
    inRule(exit.when, `${at}.exit.when`);
    for (const [wait, { event }] of Object.entries(waits)) named.push([`${at}.waits.${wait}.event`, event]);
    for (const [branch, choices] of Object.entries(branches)) choices.forEach(({ when }, index) => inRule(when, `${at}.branches.${branch}.${index}.when`));
    for (const [step, { when }] of Object.entries(steps)) inRule(when, `${at}.steps.${step}.when`);
  }
  return named.filter(([, event]) => Object.hasOwn(aliases, event) && aliases[event] !== event).map(([path, event]) => `${path}: ${JSON.stringify(event)}: is an alias of ${JSON.stringify(aliases[event])}, under which it arrives; name that`);
}
