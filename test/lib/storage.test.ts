import { describe, expect, it } from 'vitest';
import { isProduction } from '../../lib/names.ts';
import { exampleStack, resourcesOf, templateOf } from './fixture.ts';

const template = templateOf(exampleStack({ stageName: 'prod' }));
const tablesOf = (from: typeof template) => resourcesOf(from, 'AWS::DynamoDB::Table');
const archiveOf = (from: typeof template) => resourcesOf(from, 'AWS::S3::Bucket').find(([id]) => id.startsWith('Archive'))![1];

describe('a stage of production', () => {
  it('[R3] has tables that cannot be deleted by accident', () => {
    expect(tablesOf(template)).toHaveLength(3);
    for (const [, { Properties }] of tablesOf(template)) expect(Properties.DeletionProtectionEnabled).toBe(true);
  });

  it('[R3] keeps overwritten and deleted objects of the archive for 30 days, and not for ever', () => {
    const { VersioningConfiguration, LifecycleConfiguration } = archiveOf(template).Properties;
    expect(VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(LifecycleConfiguration.Rules).toMatchObject([{ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }]);
  });
});

describe('a stage for trying things', () => {
  const dev = templateOf(exampleStack({ stageName: 'dev' }));

  it('can be deleted, and keeps nothing twice', () => {
    for (const [, { Properties }] of tablesOf(dev)) expect(Properties.DeletionProtectionEnabled).not.toBe(true);
    expect(archiveOf(dev).Properties.VersioningConfiguration).toBeUndefined();
  });
});

it('production is told by its name', () => {
  expect(['prod', 'production', 'prodeu', 'live'].map(isProduction)).toEqual([true, true, true, true]);
  expect(['dev', 'test', 'staging', 'preprod'].map(isProduction)).toEqual([false, false, false, false]);
});
