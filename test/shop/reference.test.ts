import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

// Until `npm run init`, the project's own shop is the example, and its state machines are copies.
const refersToExample = readFileSync('segue.config.ts', 'utf8').includes("from './examples/bookstore/segue.config.ts'");

test.runIf(refersToExample)('state machines at the top are those of the example that the config refers to', () => {
  const filesIn = (folder: string) => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')]));
  expect(filesIn('statemachines')).toEqual(filesIn('examples/bookstore/statemachines'));
});
