import type { Stages } from '../../lambdas/schemas/stages.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';
import { stageNameIn } from './stage-name.ts';

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
  const given = parseArguments(argv, flags);
  const { values } = given;
  if (values.help) return 'help';
  const stageName = stageNameIn(given, stages);
  if (values.yes && values.diff) throw new UsageError('--yes and --diff exclude each other');
  return { stageName, isAgreed: values.yes ?? false, isDiffOnly: values.diff ?? false };
}
