import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));
/** Only http and https: no other scheme may ever stand behind a link, whatever an event said. */
const link = z.url({ protocol: /^https?$/ });

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const review = z.object({ author: text, stars: z.int().check(z.gte(1), z.lte(5)), text });

const item = z.object({
  productId: text,
  title: text,
  author: z.optional(text),
  price: z.optional(z.number().check(z.nonnegative())),
  /** ISO 4217; without it, prices are shown as plain numbers. */
  currency: z.optional(text),
  url: z.optional(link),
  imageUrl: z.optional(link),
  /** Average of all ratings, which may be more than the reviews given here. */
  rating: z.optional(z.number().check(z.gte(0), z.lte(5))),
  reviews: z.array(review),
});

/** Everything that an email template may show. */
export const emailData = z.object({
  brand: z.object({ name: text, siteUrl: link, postalAddress: text, logo: z.optional(z.object({ url: link, widthPx: z.int() })) }),
  /** The first name, and the `traits` that the config declares. */
  person: z.catchall(z.object({ firstName: z.optional(text) }), scalar),
  /** The `entryProperties` that the config declares for the campaign. */
  entry: z.optional(z.record(z.string(), scalar)),
  /** Empty in emails that show no product. */
  items: z.array(item),
  /** Left out when there is none, or when it has run out. */
  discount: z.optional(z.object({ code: text, percent: z.int().check(z.gte(1), z.lte(90)), expiresAtMs: z.int().check(z.nonnegative()) })),
  /** BCP 47; decides how money and times are written, not the language of the text. */
  locale: z.string(),
  /** IANA name such as Europe/Berlin. */
  timeZone: z.string(),
  links: z.object({ unsubscribe: link, cart: z.optional(link), site: link, survey: z.optional(link) }),
});
export type EmailData = z.infer<typeof emailData>;
export type EmailItem = EmailData['items'][number];

/** Liquid templates of one language, MJML already compiled to HTML. */
export interface CompiledTexts {
  subject: string;
  html: string;
  text: string;
}

/** An email, its other languages by lower-case BCP 47 tag, such as `de` or `pt-br`, and a hash of what it was compiled from. */
export interface CompiledEmail extends CompiledTexts {
  locales?: Readonly<Record<string, CompiledTexts>>;
  sourceHash?: string;
}

/** What emails/compiled.json holds, by the name of the email's folder. */
export type CompiledEmails = Readonly<Record<string, CompiledEmail>>;
