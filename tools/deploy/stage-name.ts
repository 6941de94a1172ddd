import type { Stages } from '../../lambdas/schemas/stages.ts';
import { UsageError } from '../simulate/errors.ts';

/**
 * The stage that a command line names, of a command that takes options alone.
 * @throws UsageError naming what is wrong, and the stages that there are
 */
export function stageNameIn({ values: { stage }, positionals }: { values: { stage?: string }; positionals: readonly string[] }, stages: Stages): string {
  if (positionals.length > 0) throw new UsageError(`${JSON.stringify(positionals[0])}: is no option; see --help`);
  const known = Object.keys(stages).join(', ');
  if (stage === undefined) throw new UsageError(`--stage is missing: must be one of ${known}`);
  if (!Object.hasOwn(stages, stage)) throw new UsageError(`--stage ${JSON.stringify(stage)}: must be one of ${known}, which stages.ts describes`);
  return stage;
}
