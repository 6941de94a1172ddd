import { productIdOf, toCartProduct, type CartProduct } from '../domain/profile/content.ts';
import type { DomainEvent } from '../domain/events/event.ts';
import type { Properties } from '../domain/events/filters.ts';
import type { ControlStore } from './control-store.ts';

export interface Review {
  author: string;
  stars: number;
  text: string;
}

/** A product as an email shows it: the catalogue takes precedence over what the browser sent. */
export interface DescribedProduct extends CartProduct {
  rating?: number;
  reviews: Review[];
  /** Ids of products that go with this one. */
  related: string[];
}

/** What the shop says of its products, by `product_updated` events of its server and by its feed. */
export interface CatalogueStore {
  save(event: DomainEvent): Promise<void>;
  /** @returns undefined when the catalogue says that the product is not sold any more */
  describe(product: CartProduct): Promise<DescribedProduct | undefined>;
}

const maxReviews = 3;

function without<T extends object, K extends keyof T>(value: T, name: K): Omit<T, K> {
  const { [name]: _left, ...rest } = value;
  return rest;
}

export function createCatalogue(control: Pick<ControlStore, 'saveProduct' | 'product'>): CatalogueStore {
  return {
    async save({ properties, atMs }) {
      const id = productIdOf(properties);
      if (id !== undefined) await control.saveProduct(id, { details: properties, atMs });
    },
    async describe(product) {
      const details = (await control.product(product.productId)) ?? {};
      if (details.available === false) return undefined;
      const rating = details.rating;
      const described = toCartProduct(product.productId, details);
      // A price and a currency are a pair: one of the catalogue's with one of the event's would be another price.
      const { price: _price, currency: _currency, ...known } = product;
      return {
        ...(described.price === undefined ? product : known),
        ...(described.price === undefined ? without(described, 'currency') : described),
        ...(typeof rating === 'number' && rating >= 0 && rating <= 5 && { rating }),
        reviews: reviewsIn(details),
        related: idsIn(details.related),
      };
    },
  };
}

function reviewsIn({ reviews }: Properties): Review[] {
  if (!Array.isArray(reviews)) return [];
  return reviews.filter(isReview).map(({ author, stars, text }) => ({ author, stars, text })).slice(0, maxReviews);
}

const maxRelated = 12;

const idsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string' && id !== '' && id.length <= 200).slice(0, maxRelated) : [];

function isReview(value: unknown): value is Review {
  const { author, stars, text } = (value ?? {}) as Partial<Review>;
  return typeof author === 'string' && author !== '' && typeof text === 'string' && text !== '' && Number.isInteger(stars) && Number(stars) >= 1 && Number(stars) <= 5;
}
