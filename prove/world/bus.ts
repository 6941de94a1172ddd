import type { Faults } from '../aws/faults.ts';
import type { Lambda } from '../aws/lambda.ts';
import type { Clock } from '../time/clock.ts';

const minuteMs = 60_000;
const attempts = 3;

/** EventBridge in front of a function: at least once, in any order, and given up after some attempts. */
export class Bus {
  private readonly deps: { clock: Clock; faults: Faults; lambda: Lambda };

  constructor(deps: Bus['deps']) {
    this.deps = deps;
  }

  /** @param onEnd is told, each time that it is delivered, whether the function has dealt with it */
  put(functionName: string, event: object, afterMs: number, onEnd: (isDone: boolean) => void): void {
    const { clock, faults } = this.deps;
    const { random } = faults;
    const times = random.chance(faults.rates('lambda').duplicate) ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      const delayMs = random.chance(0.1) ? random.int(0, 60 * minuteMs) : random.int(5, 3000);
      clock.after(afterMs + delayMs, () => void this.deliver(functionName, event).then(onEnd));
    }
  }

  private async deliver(functionName: string, event: object): Promise<boolean> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (attempt > 0) await this.deps.clock.sleep(attempt * minuteMs);
      const outcome = await this.deps.lambda.invoke(functionName, event);
      if ('value' in outcome) return true;
    }
    return false;
  }
}
