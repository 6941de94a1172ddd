import { limits } from '../../schemas/event.ts';

const dangerous = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * A copy of foreign JSON that is safe to merge and store: keys that could reach a prototype are dropped, strings,
 * depth and the number of keys are capped by `limits`.
 */
export function sanitise(value: unknown, depth: number = limits.depth): unknown {
  if (typeof value === 'string') return value.length > limits.stringLength ? value.slice(0, limits.stringLength) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth <= 0) return undefined;
  if (Array.isArray(value)) return value.slice(0, limits.keysPerObject).map((one) => sanitise(one, depth - 1));
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value).slice(0, limits.keysPerObject)) {
    if (!dangerous.has(key)) copy[key] = sanitise(inner, depth - 1);
  }
  return copy;
}
