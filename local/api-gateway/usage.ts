import { dayMs } from '../../lambdas/domain/time.ts';

export interface Throttle {
  rateLimit: number;
  burstLimit: number;
}

/** A usage plan as far as requests meet it. Its limits hold for each key by itself. */
export interface UsagePlan {
  id: string;
  name: string;
  throttle?: Throttle;
  /** Requests from midnight to midnight UTC. */
  quota?: { limit: number; period: string };
}

export type UsageVerdict = 'counted' | 'throttled' | 'quota-exceeded';

export interface UsageClocks {
  /** For rates: they protect the machine, which no time scale makes faster. */
  realNowMs(): number;
  /** For days. */
  nowMs(): number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Counts requests by token bucket and day, as API Gateway does on a best-effort basis; here exactly. It forgets at a restart. */
export function createUsage({ realNowMs, nowMs }: UsageClocks) {
  const buckets = new Map<string, Bucket>();
  const days = new Map<string, { day: number; used: number }>();

  const take = (name: string, { rateLimit, burstLimit }: Throttle): boolean => {
    const atMs = realNowMs();
    const before = buckets.get(name) ?? { tokens: burstLimit, atMs };
    const tokens = Math.min(burstLimit, before.tokens + ((atMs - before.atMs) / 1000) * rateLimit);
    const isThere = tokens >= 1;
    buckets.set(name, { tokens: isThere ? tokens - 1 : tokens, atMs });
    return isThere;
  };

  return {
    /** Of a method of the stage, whoever asks. */
    countMethod: (method: string, throttle: Throttle): boolean => take(`method ${method}`, throttle),

    /** Of a key in its plan. A request that is refused for its rate does not count for the day. */
    countKey({ id, throttle, quota }: UsagePlan, keyValue: string): UsageVerdict {
      const name = `${id} ${keyValue}`;
      const day = Math.floor(nowMs() / dayMs);
      const known = days.get(name);
      const used = known?.day === day ? known.used : 0;
      if (quota && used >= quota.limit) return 'quota-exceeded';
      if (throttle && !take(name, throttle)) return 'throttled';
      days.set(name, { day, used: used + 1 });
      return 'counted';
    },
  };
}

export type Usage = ReturnType<typeof createUsage>;
