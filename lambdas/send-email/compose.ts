import type { Mail } from '../adapters/mailer.ts';
import type { SendRecord } from '../adapters/send-store.ts';
import type { Content } from '../domain/content.ts';
import type { SendDecision } from '../domain/contact-policy.ts';
import { normaliseCode, type Coupon } from '../domain/coupons.ts';
import { safeUrl, withUtm } from '../domain/links.ts';
import { hourMs } from '../domain/time.ts';
import { discountCode, signLink } from '../domain/tokens.ts';
import type { StepConfig } from '../schemas/config.ts';
import type { EmailData, EmailItem } from '../schemas/email.ts';
import type { Deps } from './deps.ts';

export interface Composition {
  claim: Pick<SendRecord, 'sendId' | 'userKey' | 'campaign' | 'step' | 'executionName'>;
  topic: string;
  step: StepConfig;
  decision: Extract<SendDecision, { send: true }>;
  content: Content;
  /** Of the step that this one follows up on. */
  earlierDiscount?: Discount | undefined;
}

export interface Composed {
  record: SendRecord;
  mail: Mail;
  /** Of an email that makes a new discount code. */
  coupon?: Coupon;
}

/** Renders the email. Nothing has been claimed yet, so a fault in a template costs nobody their mail. */
export async function compose(deps: Deps, { claim, topic, step, decision, content, earlierDiscount }: Composition): Promise<Composed> {
  const { sender } = deps.config;
  const nowMs = deps.now();
  const key = await deps.control.signingKey();
  const productIds = decision.products.map(({ productId }) => productId);
  const discount = step.discount
    ? { code: discountCode(claim.sendId, key), percent: step.discount.percent, expiresAtMs: nowMs + step.discount.validHours * hourMs }
    : await stillGood(deps, earlierDiscount, productIds, nowMs);
  const unsubscribe = `${deps.publicUrl}/u/${signLink({ userKey: claim.userKey, topic }, key)}`;
  const utm = { source: 'segue', medium: 'email', campaign: claim.campaign, content: claim.step };
  const data: EmailData = {
    brand: { name: sender.name, siteUrl: sender.siteUrl, postalAddress: sender.postalAddress },
    person: decision.firstName === undefined ? {} : { firstName: decision.firstName },
    items: await Promise.all(decision.products.map(async (product) => toItem(await deps.catalogue.describe(product), deps, utm))),
    ...(discount && { discount }),
    locale: textTrait(content, 'locale') ?? 'en',
    timeZone: timeZoneOf(content),
    links: { unsubscribe, cart: withUtm(new URL('/cart', sender.siteUrl).href, utm) },
  };
  const { subject, html, text } = deps.renderer.render(step.email, data);
  return {
    record: { ...claim, claimedAtMs: nowMs, ...(discount && { discount }) },
    ...(step.discount && discount && { coupon: couponOf(claim, discount, productIds, nowMs) }),
    mail: {
      to: decision.address,
      from: { name: sender.name, address: sender.address },
      replyTo: sender.replyTo,
      subject,
      html,
      text,
      // RFC 8058: the mail client's own button sends a POST, and the person is out.
      headers: { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      tags: { 'send-id': claim.sendId, campaign: claim.campaign, step: claim.step },
    },
  };
}

type Discount = NonNullable<SendRecord['discount']>;

/** A follow-up shows the offer of the step before it for as long as that holds: in time, not redeemed, and now for what it shows itself, too. */
async function stillGood(deps: Deps, discount: Discount | undefined, productIds: readonly string[], nowMs: number): Promise<Discount | undefined> {
  if (discount === undefined || discount.expiresAtMs <= nowMs) return undefined;
  return (await deps.coupons.extend(discount.code, productIds)) ? discount : undefined;
}

function couponOf(claim: Composition['claim'], discount: Discount, productIds: string[], createdAtMs: number): Coupon {
  const { sendId, userKey, campaign, step } = claim;
  return { ...discount, code: normaliseCode(discount.code), userKey, campaign, step, sendId, productIds, createdAtMs };
}

type Described = Awaited<ReturnType<Deps['catalogue']['describe']>>;

function toItem({ title, url, imageUrl, price, ...rest }: Described, { config }: Deps, utm: Parameters<typeof withUtm>[1]): EmailItem {
  const { linkHosts } = config.sender;
  const link = safeUrl(url, linkHosts);
  const picture = safeUrl(imageUrl, linkHosts);
  return {
    ...rest,
    title: title ?? rest.productId,
    ...(price !== undefined && price >= 0 && { price }),
    ...(link !== undefined && { url: withUtm(link, utm) }),
    ...(picture !== undefined && { imageUrl: picture }),
  };
}

/** Where the person is, as their traits say. */
export const timeZoneOf = (content: Content): string => textTrait(content, 'timezone') ?? 'UTC';

function textTrait({ traits }: Content, name: string): string | undefined {
  const value = traits[name]?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
