/**
 * How a behaviour of AWS is known:
 * - recorded: somebody ran it on AWS and published the answer, and the source names that record
 * - documented: AWS says so
 * - reported: users say so
 * - believed: no source; `npm run smoke` should see it
 */
export type KnownBy = 'recorded' | 'documented' | 'reported' | 'believed';

/** Something that AWS does and the code depends on, or must not depend on. */
export interface Fact {
  what: string;
  answer: string;
  knownBy: KnownBy;
  /** Repository, file and name of the recorded test, or title of the page. */
  source: string;
}

/** Recorded on AWS: localstack/airspeed, tests/test_templating.snapshot.json; the keys without `-cli` are API Gateway's answers. */
export const airspeed = (test: string): string => `localstack/airspeed tests/test_templating.snapshot.json ${test}`;

/** Recorded on AWS: localstack/localstack, tests/aws/services/apigateway. */
export const localstack = (file: string, test: string): string => `localstack/localstack tests/aws/services/apigateway/test_apigateway_${file}.snapshot.json ${test}`;

/** Checked against AWS by its author, who wrote the emulator from the answers. */
export const kinesalite = (test: string): string => `mhart/kinesalite test/${test}`;
