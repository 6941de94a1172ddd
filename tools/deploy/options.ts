import type { Stages } from '../../lambdas/schemas/stages.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run deploy -- --stage NAME [options]

Deploys a stage that stages.ts describes: shows the change and the price at rest, asks, deploys, and prints the endpoint and the next steps.

  --stage NAME  the stage, such as prod
  --yes         deploy without asking
  --diff        show the change and the price, and deploy nothing
  --help        show this text

AWS credentials come from the environment, the region from the stage or else from the environment.`;

const flags = { stage: { type: 'string' }, yes: { type: 'boolean' }, diff: { type: 'boolean' }, help: { type: 'boolean' } } as const;

export interface Options {
  stageName: string;
  /** Deploy without asking. */
  isAgreed: boolean;
  isDiffOnly: boolean;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[], stages: Stages): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  if (positionals.length > 0) throw new UsageError(`${JSON.stringify(positionals[0])}: is no option; see --help`);
  const known = Object.keys(stages).join(', ');
  if (values.stage === undefined) throw new UsageError(`--stage is missing: must be one of ${known}`);
  if (!Object.hasOwn(stages, values.stage)) throw new UsageError(`--stage ${JSON.stringify(values.stage)}: must be one of ${known}, which stages.ts describes`);
  if (values.yes && values.diff) throw new UsageError('--yes and --diff exclude each other');
  return { stageName: values.stage, isAgreed: values.yes ?? false, isDiffOnly: values.diff ?? false };
}
