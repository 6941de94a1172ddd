import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { exampleStack } from './fixture.ts';

function findings(stack: Stack): string[] {
  const { violations } = new AwsSolutionsChecks().validateScope(stack);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
  );
}

it('leaves no finding of cdk-nag AwsSolutions without a reason, with alarm mails and without', () => {
  expect(findings(exampleStack())).toEqual([]);
  expect(findings(exampleStack({ alarmEmail: 'ops@example.com', productFeed: { key: 'products/', everyHours: 6 }, domain: { name: 'events.example.com', hostedZone: { id: 'Z0123456789ABC', name: 'example.com' } } }))).toEqual([]);
  expect(findings(exampleStack({ productFeed: { bucket: 'my-shop', key: 'feeds/', everyHours: 6 } }))).toEqual([]);
});

it('would report a resource that breaks a rule', () => {
  const stack = exampleStack();
  new Bucket(stack, 'Careless');
  expect(findings(stack).join('\n')).toMatch(/AwsSolutions-S10 .*Careless/);
});
