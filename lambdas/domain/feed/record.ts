/** An item of a product feed as it stands there: attributes by their names in Google's product data specification. */
export interface FeedRecord {
  /** Where it begins in the file, from 1. */
  line: number;
  /** Attributes that were read, such as `image_link`. */
  fields: Partial<Record<FeedField, string>>;
  /** Why the item cannot be used. Its id may be known all the same. */
  problem?: string;
}

/** What is read of an item; everything else that a feed may hold is left out. */
export const feedFields = ['id', 'title', 'author', 'link', 'image_link', 'price', 'sale_price', 'sale_price_effective_date', 'availability', 'item_group_id'] as const;
export type FeedField = (typeof feedFields)[number];

const known: ReadonlySet<string> = new Set(feedFields);

/** Google's names in any spelling that feeds have: `g:image_link`, `image link`, `Image_Link`. */
export function feedField(name: string): FeedField | undefined {
  const plain = name.trim().toLowerCase().replace(/^g:/, '').replaceAll(' ', '_');
  return known.has(plain) ? (plain as FeedField) : undefined;
}

/** The file as a whole is no feed, or ends too early. What was read before stays good. */
export class FeedError extends Error {
  override name = 'FeedError';
}
