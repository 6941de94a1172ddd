import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// To translate and compile all of the code takes as long as to replay some ten thousand events.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compiled'));
const { main } = await import('./simulate/main.ts');
process.exitCode = await main(process.argv.slice(2));
