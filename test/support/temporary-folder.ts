import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// One folder for everything that a run of the tests, the CDK and browsers put into the folder for temporary files. It goes when the run
// ends, however it ends. The processes of the run inherit it.
const folder = mkdtempSync(join(tmpdir(), 'segue-tests-'));
for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
