import type { LeafRule, Rule } from './rule.ts';

/** Calls `onLeaf` for every condition in a rule, with the path at which it stands. */
export function visit(rule: Rule, path: string, onLeaf: (leaf: LeafRule, path: string) => void): void {
  if ('all' in rule) rule.all.forEach((part, index) => visit(part, `${path}.all.${index}`, onLeaf));
  else if ('any' in rule) rule.any.forEach((part, index) => visit(part, `${path}.any.${index}`, onLeaf));
  else if ('not' in rule) visit(rule.not, `${path}.not`, onLeaf);
  else onLeaf(rule, path);
}
