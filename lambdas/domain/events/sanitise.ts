import { limits } from '../../schemas/event.ts';
import { cutText, storableNumber } from '../storable.ts';

const dangerous = new Set(['__proto__', 'constructor', 'prototype', '']);

/**
 * A copy of foreign JSON that is safe to merge and store: keys that could reach a prototype are dropped, strings, depth and the
 * number of keys are capped by `limits`, and every number is one that DynamoDB and its client keep. A whole number beyond 2^53 is
 * an id more often than an amount, so it is kept as text.
 */
export function sanitise(value: unknown, depth: number = limits.depth): unknown {
  if (typeof value === 'string') return cutText(value, limits.stringLength);
  if (typeof value === 'number') return normalNumber(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth <= 0) return undefined;
  if (Array.isArray(value)) return value.slice(0, limits.keysPerObject).map((one) => sanitise(one, depth - 1));
  const copy: Record<string, unknown> = {};
  let seen = 0;
  for (const key of Object.keys(value)) {
    seen += 1;
    if (seen > limits.keysPerObject) break;
    if (dangerous.has(key) || key.length > limits.idLength) continue;
    const kept = sanitise((value as Record<string, unknown>)[key], depth - 1);
    if (kept !== undefined) copy[key.toWellFormed()] = kept;
  }
  return copy;
}

function normalNumber(value: number): number | string | null {
  if (!Number.isFinite(value)) return null;
  return Math.abs(value) > Number.MAX_SAFE_INTEGER ? String(value) : storableNumber(value);
}
