import { productIdOf, toCartProduct, type CartProduct } from '../domain/content.ts';
import type { DomainEvent } from '../domain/events.ts';
import type { Properties } from '../domain/filters.ts';
import type { ControlStore } from './control-store.ts';

export interface Review {
  author: string;
  stars: number;
  text: string;
}

/** A product as an email shows it: the catalogue's word counts more than what the browser said. */
export interface DescribedProduct extends CartProduct {
  rating?: number;
  reviews: Review[];
}

/** What the shop's server says of its products, by `product_updated` events. */
export interface CatalogueStore {
  save(event: DomainEvent): Promise<void>;
  describe(product: CartProduct): Promise<DescribedProduct>;
}

const maxReviews = 3;

export function createCatalogue(control: Pick<ControlStore, 'saveProduct' | 'product'>): CatalogueStore {
  return {
    async save({ properties, atMs }) {
      const id = productIdOf(properties);
      if (id !== undefined) await control.saveProduct(id, { details: properties, atMs });
    },
    async describe(product) {
      const details = (await control.product(product.productId))?.details ?? {};
      const rating = details.rating;
      return {
        ...product,
        ...toCartProduct(product.productId, details),
        ...(typeof rating === 'number' && rating >= 0 && rating <= 5 && { rating }),
        reviews: reviewsIn(details),
      };
    },
  };
}

function reviewsIn({ reviews }: Properties): Review[] {
  if (!Array.isArray(reviews)) return [];
  return reviews.filter(isReview).map(({ author, stars, text }) => ({ author, stars, text })).slice(0, maxReviews);
}

function isReview(value: unknown): value is Review {
  const { author, stars, text } = (value ?? {}) as Partial<Review>;
  return typeof author === 'string' && author !== '' && typeof text === 'string' && text !== '' && Number.isInteger(stars) && Number(stars) >= 1 && Number(stars) <= 5;
}
