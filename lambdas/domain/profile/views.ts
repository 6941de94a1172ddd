import type { DomainEvent } from '../events/event.ts';
import { lastBoughtAtMs } from './cart.ts';
import { productIdOf, productsIn, type Content } from './content.ts';

type Views = [productId: string, atMs: number][];

const maxViews = 5;
/** The ids are part of the profile, whose size costs money; views of products with a longer id are left out. */
const maxViewedIdLength = 64;

/** The products looked at last, after an event. */
export function withViews(views: Views, { properties, atMs }: Pick<DomainEvent, 'properties' | 'atMs'>): Views {
  const ids = productsIn(properties).map(productIdOf);
  return mergeViews(views, ids.filter((id) => id !== undefined && id.length <= maxViewedIdLength).map((id) => [id as string, atMs]));
}

/** Commutative, associative and idempotent: each product with its last view, the newest of them. */
export function mergeViews(a: Views, b: Views): Views {
  const lastAtMs = new Map<string, number>();
  for (const [id, atMs] of [...a, ...b]) lastAtMs.set(id, Math.max(lastAtMs.get(id) ?? 0, atMs));
  return [...lastAtMs].sort(([idA, atA], [idB, atB]) => atB - atA || (idA < idB ? -1 : 1)).slice(0, maxViews);
}

/** Ids of products that a person looked at and has not bought since, newest view first. */
export function viewedOnly(views: Views, content: Content): string[] {
  return views.filter(([id, atMs]) => lastBoughtAtMs(content, id) < atMs).map(([id]) => id);
}
