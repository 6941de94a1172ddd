import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { refusalNamed, type Call, type CallOptions } from '../aws/calls.ts';
import type { Invocation } from '../aws/invocation.ts';
import type { Container } from '../aws/lambda.ts';
import type { Random } from '../time/random.ts';
import type { Clients } from './functions.ts';

interface Service {
  /** @param by whose call it is */
  handle(command: object, by?: Invocation): object;
}

interface Services {
  dynamo: Service;
  kinesis: Service;
  states: Service;
  ses: Service;
  s3: Service;
}

/** Clients of a container: `send` reaches the services of this world by a call that can go wrong. */
export function clientsFor(services: Services, call: Call, random: Random): (container: Container) => Clients {
  const any = (...names: string[]) => () => refusalNamed(random.pick(names))();
  const options = (service: CallOptions['service'], refusal: () => Error, more: Partial<CallOptions> = {}): CallOptions => ({ service, refusal, maxAttempts: 3, timeoutMs: 5000, ...more });
  const dynamo = options('dynamodb', any('ProvisionedThroughputExceededException', 'ThrottlingException', 'InternalServerError'));
  const kinesis = options('kinesis', any('ProvisionedThroughputExceededException', 'InternalFailure'));
  const states = options('states', any('ThrottlingException', 'InternalServerError'));
  // As the product makes this client: SES has no idempotency, so the SDK must not try again.
  const ses = options('ses', any('TooManyRequestsException', 'ThrottlingException', 'LimitExceededException', 'SendingPausedException', 'InternalFailure'), { maxAttempts: 1 });
  const s3 = options('s3', any('SlowDown', 'InternalError'));
  const sent = (service: Service, own: CallOptions, by: Invocation | undefined, command: object) => call(own, by, () => service.handle(command, by));
  return (container) => {
    const client = <T extends object>(service: Service, own: CallOptions, prototype?: object): T =>
      Object.assign(Object.create(prototype ?? null) as T, { send: (command: object) => sent(service, own, container.current, command) });
    return {
      // The paginators ask for an instance of the class.
      documents: client(services.dynamo, dynamo, DynamoDBDocumentClient.prototype),
      kinesis: client(services.kinesis, kinesis),
      states: client(services.states, states),
      ses: client(services.ses, ses),
      s3: client(services.s3, s3),
    };
  };
}
