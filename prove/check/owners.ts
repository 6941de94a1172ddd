import type { History } from './history.ts';
import { rootOf, type Witness } from './witness.ts';

/** Whose workflow an execution is, by the person's key; a visitor's is that of whom they turned out to be. */
export function ownersOf(history: History, witness: Witness): (execution: string | undefined) => string {
  const root = rootOf(witness);
  const keys = new Map(history.all('started').map(({ execution, input }) => [execution, root((JSON.parse(input) as { userKey: string }).userKey)]));
  return (execution = '') => keys.get(execution) ?? 'nobody';
}
