import type { Stages } from '../../lambdas/schemas/stages.ts';
import { parseArguments } from '../stream/arguments.ts';
import { stageNameIn } from '../deploy/stage-name.ts';

export const help = `npm run destroy -- --stage NAME [options]

Takes a stage away from AWS: ends its workflows, which would keep their state machines for days, and deletes its stack. Profiles, sends and
the archive are kept; what is kept, and how to go on with it or delete it, is said at the end.

  --stage NAME  the stage, such as dev
  --yes         do not ask
  --help        show this text

AWS credentials come from the environment, the region from the stage or else from the environment.`;

const flags = { stage: { type: 'string' }, yes: { type: 'boolean' }, help: { type: 'boolean' } } as const;

export interface Options {
  stageName: string;
  /** Destroy without asking. */
  isAgreed: boolean;
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
  return { stageName, isAgreed: values.yes ?? false };
}
