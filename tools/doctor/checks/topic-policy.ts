interface Statement {
  Effect?: string;
  Principal?: string | Record<string, string | string[]>;
  Action?: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface Publisher {
  /** Such as cloudwatch.amazonaws.com. */
  service: string;
  account: string;
  topic: string;
}

/**
 * Does a topic's policy let a service of the topic's own account publish? A statement with a condition that is not understood here allows
 * nothing and denies nothing.
 * @param policy JSON, as SNS gives it
 */
export function mayPublish(policy: string, publisher: Publisher): boolean {
  if (policy === '') return false;
  const { Statement: all = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  const matching = [all].flat().filter((statement) => isAbout(statement, publisher) && Object.entries(statement.Condition ?? {}).every(([operator, keys]) => Object.entries(keys).every(([key, values]) => holds(operator, key, [values].flat(), publisher))));
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

function isAbout({ Principal = {}, Action = [], Resource = '*' }: Statement, { service, topic }: Publisher): boolean {
  const principals = typeof Principal === 'string' ? [Principal] : [...[Principal.Service ?? []].flat(), ...[Principal.AWS ?? []].flat().filter((one) => one === '*')];
  const covers = (patterns: string | string[], value: string) => [patterns].flat().some((pattern) => like(pattern, value));
  return (principals.includes('*') || principals.includes(service)) && covers([Action].flat().map((one) => one.toLowerCase()), 'sns:publish') && covers(Resource, topic);
}

/** Keys that the request of an alarm has. SNS knows the topic's owner by AWS:SourceOwner, in the policy that it makes by itself. */
function holds(operator: string, key: string, values: string[], { account }: Publisher): boolean {
  const name = key.toLowerCase();
  if (name === 'aws:securetransport') return operator === 'Bool' && values.includes('true');
  const isEqual = /^(String(Equals|Like)(IgnoreCase)?|Arn(Equals|Like))$/.test(operator);
  if (name === 'aws:sourceaccount' || name === 'aws:sourceowner') return isEqual && values.some((value) => like(value, account));
  return name === 'aws:sourcearn' && isEqual && values.some((value) => like(value.split(':')[4] ?? '', account));
}

const like = (pattern: string, value: string): boolean => new RegExp(`^${pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(value);
