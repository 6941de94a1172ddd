import type { Random } from '../time/random.ts';

/** How often each thing goes wrong; probabilities for each call, invocation or delivery. */
export interface FaultRates {
  /** The service refuses: throttled, or an error of its own, before it has done anything. */
  refused: number;
  /** The request never arrives, and the client waits until it gives up. */
  requestLost: number;
  /** The service has done it, and the client never hears of it. */
  answerLost: number;
  /** The invocation ends in the middle, at this call. */
  crash: number;
  /** The call takes seconds. */
  slow: number;
  /** Delivered once more, to a function, by whoever invokes it. */
  duplicate: number;
  /** The invoker loses the answer of a function that has run. */
  invocationLost: number;
  /** One record or key of many is left out. */
  partial: number;
}

export const noFaults: FaultRates = { refused: 0, requestLost: 0, answerLost: 0, crash: 0, slow: 0, duplicate: 0, invocationLost: 0, partial: 0 };

/** Some worlds are quiet but for one thing, others have everything at once. */
export function drawRates(random: Random): FaultRates {
  const level = () => (random.chance(0.45) ? 0 : random.pick([0.003, 0.01, 0.03, 0.08]));
  return { refused: level(), requestLost: level() / 2, answerLost: level(), crash: level() / 2, slow: level(), duplicate: level() * 2, invocationLost: level(), partial: level() };
}

/** What goes wrong at a given time: the rates of the world, multiplied while a service is in trouble, and nothing once it is calm. */
export interface Faults {
  rates(service: Service): FaultRates;
  /** From now on nothing goes wrong any more. */
  stop(): void;
  readonly random: Random;
}

export type Service = 'dynamodb' | 'kinesis' | 'states' | 'ses' | 's3' | 'lambda';

interface Trouble {
  service: Service;
  fromMs: number;
  untilMs: number;
  refused: number;
}

export function createFaults(random: Random, rates: FaultRates, troubles: readonly Trouble[], now: () => number): Faults {
  let isCalm = false;
  return {
    random,
    rates(service) {
      if (isCalm) return noFaults;
      const trouble = troubles.find((one) => one.service === service && one.fromMs <= now() && now() < one.untilMs);
      return trouble ? { ...rates, refused: Math.max(rates.refused, trouble.refused) } : rates;
    },
    stop: () => (isCalm = true),
  };
}

/** A partition of the profile table that is throttled for some minutes, while everything else works. */
export interface HotPartition {
  userKey: string;
  fromMs: number;
  untilMs: number;
  /** Nothing else goes wrong in this world. */
  isAlone: boolean;
}

export function drawHotPartition(random: Random, fromMs: number, untilMs: number): HotPartition | undefined {
  if (!random.chance(0.12)) return undefined;
  const isAlone = random.chance(0.5);
  const startMs = Math.round(fromMs + random.next() * (untilMs - fromMs));
  return { userKey: isAlone ? 'u#u-p1' : random.pick(['u#u-p1', 'u#u-p2', 'a#d-1-1']), fromMs: startMs, untilMs: startMs + random.int(2, 45) * 60_000, isAlone };
}

/** An address to which SES takes no email for a while, or ever. */
export interface Rejection {
  to: string;
  fromMs: number;
  untilMs: number;
  why: string;
}

export function drawRejection(random: Random, fromMs: number, untilMs: number): Rejection | undefined {
  if (!random.chance(0.15)) return undefined;
  const why = random.pick(['Email address is not verified.', 'Message rejected for its content.']);
  if (random.chance(0.3)) return { to: 'p2@mail.example', fromMs, untilMs: Infinity, why };
  const startMs = Math.round(fromMs + random.next() * (untilMs - fromMs));
  return { to: 'p1@mail.example', fromMs: startMs, untilMs: startMs + random.int(20, 180) * 60_000, why };
}

/** Minutes in which a service refuses much of what it is asked. */
export function drawTroubles(random: Random, fromMs: number, untilMs: number): Trouble[] {
  const services: Service[] = ['dynamodb', 'kinesis', 'states', 'ses', 'lambda'];
  return Array.from({ length: random.pick([0, 0, 1, 2, 4]) }, () => {
    const startMs = fromMs + random.next() * (untilMs - fromMs);
    return { service: random.pick(services), fromMs: startMs, untilMs: startMs + random.int(5_000, 180_000), refused: random.pick([0.3, 0.8, 1]) };
  });
}
