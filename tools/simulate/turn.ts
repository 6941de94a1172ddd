import { setImmediate } from 'node:timers/promises';

/** Lets the event loop of this thread go on once, so that it hears what other threads tell. */
export const oneTurn = (): Promise<unknown> => setImmediate();
