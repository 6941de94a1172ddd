import { createControlStore } from '../adapters/control-store.ts';
import { documentClient } from '../adapters/clients.ts';
import { wrap } from '../adapters/wrap.ts';
import { readEnv } from '../schemas/env.ts';
import { createHandler } from './handler.ts';

const env = readEnv('authorize-key', process.env);

export const handler = wrap('authorize-key', createHandler({ control: createControlStore(documentClient(), env.CONTROL_TABLE), sharedKeys: { web: env.SHARED_WEB_KEY, server: env.SHARED_SERVER_KEY } }));
