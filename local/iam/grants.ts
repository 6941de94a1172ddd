import type { Resolver } from '../step-functions/intrinsics.ts';
import type { Template } from '../stack/template.ts';

/** One statement of a role's policy about DynamoDB. Deny statements and other conditions than these are not known here. */
export interface Grant {
  actions: string[];
  resources: string[];
  /** Patterns of the partition keys that the call may name. */
  leadingKeys?: string[];
  /** The call must name a partition key. */
  needsLeadingKey: boolean;
}

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, string | string[]>>;
}

const leadingKeys = 'dynamodb:LeadingKeys';

/** What each function of the template may do with DynamoDB, by the function's name. @throws Error for a condition that is not known here */
export function readGrants(template: Template, resolver: Resolver): Map<string, Grant[]> {
  const byRole = new Map<string, Grant[]>();
  for (const id of resolver.idsOf('AWS::IAM::Policy')) {
    const { Roles, PolicyDocument } = template.resources[id]!.Properties as { Roles: { Ref: string }[]; PolicyDocument: { Statement: Statement[] } };
    const grants = PolicyDocument.Statement.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('dynamodb:'))).map((statement) => toGrant(id, statement, resolver));
    for (const { Ref } of Roles) byRole.set(Ref, [...(byRole.get(Ref) ?? []), ...grants]);
  }
  return new Map(
    resolver.idsOf('AWS::Lambda::Function').map((id) => {
      const role = (template.resources[id]!.Properties.Role as { 'Fn::GetAtt'?: [string, string] } | undefined)?.['Fn::GetAtt']?.[0];
      return [resolver.ref(id), byRole.get(role ?? '') ?? []];
    }),
  );
}

function toGrant(policyId: string, { Effect, Action, Resource, Condition = {} }: Statement, resolver: Resolver): Grant {
  const { 'ForAllValues:StringLike': like = {}, Null: isNull = {}, ...others } = Condition;
  const unknown = [...Object.keys(others), ...[like, isNull].flatMap((one) => Object.keys(one).filter((key) => key !== leadingKeys))];
  if (Effect !== 'Allow' || unknown.length > 0) throw new Error(`${policyId}: ${Effect} with ${unknown.join(', ') || 'no condition'} is not known to the local runtime`);
  const patterns = like[leadingKeys];
  return {
    actions: [Action].flat(),
    resources: resolver.resolve<unknown[]>([Resource].flat()).map(String),
    ...(patterns !== undefined && { leadingKeys: [patterns].flat() }),
    needsLeadingKey: isNull[leadingKeys] === 'false',
  };
}
