import type { EventSourceSettings } from '../kinesis/event-source.ts';
import type { FunctionDefinition } from '../lambda/functions.ts';
import type { Resolver } from '../step-functions/intrinsics.ts';
import type { StateMachineResource } from '../step-functions/states.ts';
import type { Template } from './template.ts';

interface FunctionProperties {
  Code: { S3Key: string };
  Handler: string;
  Environment?: { Variables: Record<string, string> };
  Timeout?: number;
  MemorySize?: number;
}

/** The template's functions, each with the environment that it has in the cloud and with what the local one adds. */
export function readFunctions(template: Template, resolver: Resolver, localEnvironment: Record<string, string>): FunctionDefinition[] {
  return resolver.idsOf('AWS::Lambda::Function').map((id) => {
    const { Code, Handler, Environment, Timeout = 3, MemorySize = 128 } = resolver.properties<FunctionProperties>(id);
    const folder = template.assetFolders.get(Code.S3Key);
    if (folder === undefined) throw new Error(`${id}: its code ${Code.S3Key} is not among the assets; run \`npx cdk synth\` again`);
    const name = resolver.ref(id);
    const environment = {
      ...localEnvironment,
      // Whose grants hold; see local/iam.
      AWS_ACCESS_KEY_ID: name,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
      ...Environment?.Variables,
    };
    return { name, arn: resolver.arn(id), folder, handler: Handler, environment, timeoutMs: Timeout * 1000, memoryMb: MemorySize };
  });
}

export interface MappingProperties extends EventSourceSettings {
  EventSourceArn: string;
  FunctionName: string;
  DestinationConfig?: { OnFailure?: { Destination: string } };
}

export function readMappings(resolver: Resolver): (MappingProperties & { id: string })[] {
  return resolver.idsOf('AWS::Lambda::EventSourceMapping').map((id) => ({ id, ...resolver.properties<MappingProperties>(id) }));
}

export function readStateMachines(resolver: Resolver): StateMachineResource[] {
  return resolver.idsOf('AWS::StepFunctions::StateMachine').map((id) => {
    const { DefinitionString, DefinitionSubstitutions = {} } = resolver.properties<{
      DefinitionString: string;
      DefinitionSubstitutions?: Record<string, string>;
    }>(id);
    if (typeof DefinitionString !== 'string') throw new Error(`${id}: only a DefinitionString is supported`);
    const definition = DefinitionString.replace(/\$\{(\w+)\}/g, (all, name: string) => DefinitionSubstitutions[name] ?? all);
    return { arn: resolver.arn(id), name: resolver.arn(id).split(':').at(-1)!, definition };
  });
}
