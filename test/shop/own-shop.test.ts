import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

// All that Segue's tests ask of what the owner edits, whatever shop it is: segue.config.ts, emails/ and statemachines/. In a process of its
// own, since Node says better than the test runner where a text does not parse.
test('the shop of this project passes every check', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/check-shop.ts'], { encoding: 'utf8' });
  expect({ status, problems: stderr.split('\n').filter(Boolean) }).toEqual({ status: 0, problems: [] });
}, 120_000);
