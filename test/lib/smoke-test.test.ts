import { expect, test } from 'vitest';
import { callTypes } from '../../lambdas/schemas/event.ts';
import { routeCalls } from '../../tools/smoke/steps/routes.ts';
import type { World } from '../../tools/smoke/world.ts';
import { exampleTemplate, resourcesOf } from './fixture.ts';
import { routesOf } from '../support/routes.ts';

const template = exampleTemplate();

test('the smoke test calls every POST route below /v1 and /beacon, with a known and an anonymous event of each kind', () => {
  const world = { run: 'r', people: new Set<string>(), messageIds: new Set<string>(), keys: { web: 'w', server: 's', ids: [] } } as unknown as World;
  const sent = new Set(routeCalls(world).map(({ path }) => path.split('?')[0]));
  // Orders redeem coupons by a route of their own, which the smoke test has no coupon for.
  const routes = routesOf(template).filter((path) => /^\/(v1|beacon)\//.test(path) && !path.startsWith('/v1/coupons'));
  expect([...sent].toSorted()).toEqual(routes.toSorted());
  expect([...world.people].filter((key) => key.startsWith('a#') && !key.endsWith('-before')).length).toBeGreaterThanOrEqual(3 * (callTypes.length - 1));
});

test('its state machine is there beside those of the campaigns, and no alarm watches it', () => {
  const machines = resourcesOf(template, 'AWS::StepFunctions::StateMachine').map(([, { Properties }]) => Properties.StateMachineName as string);
  expect(machines).toContain('segue-test-smoke_test');
  const [, { Properties }] = resourcesOf(template, 'AWS::StepFunctions::StateMachine').find(([, one]) => one.Properties.StateMachineName === 'segue-test-smoke_test')!;
  const { States } = JSON.parse(Properties.DefinitionString as string) as { States: Record<string, { Seconds?: number; TimeoutSeconds?: number }> };
  expect([States['Wait before the first email']?.Seconds, States['Wait for the smoke test']?.TimeoutSeconds]).toEqual([2, 900]);
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, alarm]) => alarm.Properties.AlarmName as string);
  expect(alarms.filter((name) => name.includes('smoke'))).toEqual([]);
});
