import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from '../lib/fixture.ts';

/** Paths of all POST methods of a stack's API. */
export function routesOf(template: Template): string[] {
  const resources = new Map(resourcesOf(template, 'AWS::ApiGateway::Resource').map(([id, { Properties }]) => [id, Properties as { PathPart: string; ParentId: { Ref?: string } }]));
  const pathOf = (id: string | undefined): string => {
    const resource = id === undefined ? undefined : resources.get(id);
    return resource === undefined ? '' : `${pathOf(resource.ParentId.Ref)}/${resource.PathPart}`;
  };
  return resourcesOf(template, 'AWS::ApiGateway::Method').flatMap(([, { Properties }]) => (Properties.HttpMethod === 'POST' ? [pathOf((Properties.ResourceId as { Ref?: string }).Ref)] : []));
}
