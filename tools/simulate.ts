import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Each thread would translate and compile all of the code again.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compiled'));
const { main } = await import('./simulate/main.ts');
process.exitCode = await main(process.argv.slice(2));
