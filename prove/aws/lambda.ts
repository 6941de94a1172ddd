import type { Clock } from '../time/clock.ts';
import type { Faults } from './faults.ts';
import type { Invocation } from './invocation.ts';

export type Outcome = { value: unknown } | { error: { name: string; message: string } };

/** What a container gives to the code in it. */
export interface Container {
  /** The one under way: a container has one at a time. */
  readonly current: Invocation | undefined;
  /** Its own clock, which may be wrong. */
  now(): number;
  /** Pauses the code; a container that is gone does not wake up. */
  sleep(ms: number): Promise<void>;
}

export type Handler = (payload: unknown) => Promise<unknown>;

export interface FunctionShape {
  name: string;
  timeoutMs: number;
  /** A cold start. */
  start(container: Container): Handler;
}

export interface LambdaEvents {
  onStart(invocation: Invocation, payload: unknown): void;
  onEnd(invocation: Invocation, outcome: Outcome): void;
  onSleep(invocation: Invocation, untilMs: number): void;
}

interface Warm extends Container {
  current: Invocation | undefined;
  handler: Handler;
}

/** Functions in containers: each has state of its own, a clock of its own, and ends when an invocation ends in the middle. */
export class Lambda {
  private readonly deps: { clock: Clock; faults: Faults; events: LambdaEvents; mostSkewMs: number };
  private readonly functions: ReadonlyMap<string, FunctionShape>;
  private readonly warm = new Map<string, Warm[]>();
  private invocations = 0;

  constructor(deps: Lambda['deps'], functions: readonly FunctionShape[]) {
    this.deps = deps;
    this.functions = new Map(functions.map((shape) => [shape.name, shape]));
  }

  has(name: string): boolean {
    return this.functions.has(name);
  }

  /** Resolves for every end but that of the process that asked. */
  async invoke(name: string, payload: unknown, by?: unknown): Promise<Outcome> {
    const { clock, faults } = this.deps;
    const shape = this.functions.get(name);
    if (shape === undefined) return { error: { name: 'Lambda.ResourceNotFoundException', message: `Function not found: ${name}` } };
    const rates = faults.rates('lambda');
    await clock.sleep(faults.random.int(1, 5));
    if (faults.random.chance(rates.refused)) return { error: { name: faults.random.pick(['Lambda.TooManyRequestsException', 'Lambda.ServiceException']), message: 'Rate Exceeded.' } };
    // Whoever asks may lose the connection and ask again, while the first one runs.
    if (faults.random.chance(rates.invocationLost)) void this.run(shape, payload, by);
    const ran = this.run(shape, payload, by);
    if (!faults.random.chance(rates.invocationLost)) return ran;
    // The invoker may lose sight of it while it goes on, and ask again meanwhile.
    await (faults.random.chance(0.5) ? ran : clock.sleep(faults.random.int(1, 60)));
    return { error: { name: faults.random.pick(['Lambda.SdkClientException', 'Lambda.Unknown', 'Lambda.ClientExecutionTimeoutException']), message: 'The answer was lost' } };
  }

  private run(shape: FunctionShape, payload: unknown, by: unknown): Promise<Outcome> {
    const { clock, events } = this.deps;
    return new Promise((resolve) => {
      const container = this.containerFor(shape);
      this.invocations += 1;
      const end = (outcome: Outcome, isGone: boolean) => {
        if (invocation.isDead) return;
        invocation.isDead = true;
        timer.cancel();
        container.current = undefined;
        if (isGone) this.discard(shape.name, container);
        events.onEnd(invocation, outcome);
        resolve(outcome);
      };
      const fail = (name: string, message: string) => end({ error: { name, message } }, true);
      const invocation: Invocation = { id: this.invocations, functionName: shape.name, by, isDead: false, kill: (name) => fail(name, 'Runtime exited') };
      const timer = clock.after(shape.timeoutMs, () => fail('Sandbox.Timedout', `Task timed out after ${shape.timeoutMs / 1000} seconds`));
      container.current = invocation;
      events.onStart(invocation, payload);
      container.handler(JSON.parse(JSON.stringify(payload))).then(
        (value) => end({ value: value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown) }, false),
        (error: unknown) => end({ error: error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) } }, false),
      );
    });
  }

  private containerFor(shape: FunctionShape): Warm {
    const { clock, faults, mostSkewMs, events } = this.deps;
    const all = this.warm.get(shape.name) ?? [];
    this.warm.set(shape.name, all);
    const idle = all.filter(({ current }) => current === undefined);
    if (idle.length > 0 && !faults.random.chance(0.1)) return faults.random.pick(idle);
    const skewMs = faults.random.int(-mostSkewMs, mostSkewMs);
    const container: Warm = {
      current: undefined,
      now: () => clock.now() + skewMs,
      async sleep(ms) {
        const invocation = container.current;
        await clock.sleep(ms);
        if (invocation?.isDead) return new Promise(() => undefined);
        if (invocation) events.onSleep(invocation, clock.now());
      },
      handler: () => Promise.reject(new Error('not started')),
    };
    container.handler = shape.start(container);
    all.push(container);
    // Containers that nobody needs go; a handful stays warm.
    if (all.length > 6) this.discard(shape.name, all.find(({ current }) => current === undefined) ?? container);
    return container;
  }

  private discard(name: string, container: Warm): void {
    const all = this.warm.get(name) ?? [];
    const place = all.indexOf(container);
    if (place >= 0) all.splice(place, 1);
  }
}
