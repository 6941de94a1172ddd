import type { DescribedProduct } from '../adapters/catalogue.ts';
import type { Mail } from '../adapters/mail/mailer.ts';
import type { SendRecord } from '../adapters/mail/send-store.ts';
import type { SendDecision } from '../domain/campaigns/contact-policy.ts';
import { placeOf } from '../domain/profile/place.ts';
import { entryId } from '../domain/profile/entries.ts';
import { shownValues } from '../domain/campaigns/shown-values.ts';
import { normaliseCode, type Coupon } from '../domain/campaigns/coupons.ts';
import { addressHash } from '../domain/emails/address.ts';
import { safeUrl, withUtm } from '../domain/emails/utm.ts';
import { hourMs } from '../domain/time.ts';
import { discountCode, signLink, signSurvey, type SigningKey } from '../domain/links/tokens.ts';
import type { EmailData, EmailItem } from '../schemas/email.ts';
import type { UnreadTrait } from '../schemas/workflow.ts';
import type { Deps } from './deps.ts';
import type { Gathered } from './gather.ts';

export interface Composition {
  claim: Omit<SendRecord, 'claimedAtMs'>;
  situation: Gathered;
  decision: Extract<SendDecision, { send: true }>;
  items: readonly DescribedProduct[];
}

export interface Composed {
  record: SendRecord;
  mail: Mail;
  /** Set when the email makes a new discount code. */
  coupon?: Coupon;
  /** Traits of the person, such as the time zone, that could not be read. */
  unread: UnreadTrait[];
}

/** Renders the email. Nothing is claimed before this, so after a fault in a template the step can be repeated. */
export async function compose(deps: Deps, composition: Composition): Promise<Composed> {
  const { claim, situation, decision, items } = composition;
  const { sender, brand, traits, products } = deps.plan.config;
  const { step, campaign, content, request } = situation;
  const nowMs = deps.now();
  const key = await deps.signingKeys.signingKey();
  const { discount, isNew } = await discountFor(deps, composition, key, nowMs);
  const unsubscribe = `${deps.publicUrl}/u/${signLink({ userKey: claim.userKey, topic: campaign.topic, sendId: claim.sendId }, key)}`;
  const utm = { source: 'segue', medium: 'email', campaign: claim.campaign, content: claim.variant === undefined ? claim.step : `${claim.step}-${claim.variant}` };
  const { locale, timeZone, unread } = placeOf(content, deps.plan.config);
  const data: EmailData = {
    brand: { name: sender.name, siteUrl: sender.siteUrl, postalAddress: sender.postalAddress, ...(brand.logo && { logo: brand.logo }) },
    person: { ...shownValues(traits, traitsOf(content), sender.linkHosts), ...(decision.firstName !== undefined && { firstName: decision.firstName }) },
    entry: shownValues(campaign.entryProperties, content.entries?.[entryId(request)]?.value ?? {}, sender.linkHosts),
    items: items.map((item) => toItem(item, sender.linkHosts, utm)),
    ...(discount && { discount }),
    locale,
    timeZone,
    links: { unsubscribe, ...(products && { cart: withUtm(new URL('/cart', sender.siteUrl).href, utm) }), site: withUtm(sender.siteUrl, utm), ...(step.survey !== undefined && { survey: surveyLink(deps, composition, step.survey, key) }) },
  };
  const { subject, html, text } = deps.renderer.render(step.email, data);
  return {
    record: { ...claim, inbox: addressHash(decision.address), claimedAtMs: nowMs, attempt: deps.newId(), ...(discount && { discount }) },
    unread,
    ...(isNew && discount && { coupon: couponOf(claim, discount, productIdsOf(items), nowMs) }),
    mail: {
      to: decision.address,
      from: { name: sender.name, address: sender.address },
      replyTo: sender.replyTo,
      subject,
      html,
      text,
      headers: campaign.transactional ? {} : oneClick(unsubscribe),
      tags: { 'send-id': claim.sendId, campaign: claim.campaign, step: claim.step },
    },
  };
}

const traitsOf = ({ traits }: Gathered['content']): Record<string, unknown> => Object.fromEntries(Object.entries(traits).map(([name, { value }]) => [name, value]));

/** Headers of RFC 8058: the mail client's own button sends a POST, which unsubscribes. They are left out where leaving the topic changes nothing. */
const oneClick = (link: string) => ({ 'List-Unsubscribe': `<${link}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' });

function surveyLink({ publicUrl }: Deps, { claim: { userKey, campaign, step }, situation }: Composition, question: string, key: SigningKey): string {
  const segment = situation.profile.segment?.name;
  return `${publicUrl}/s/${signSurvey({ userKey, campaign, step, question, ...(segment !== undefined && { segment }) }, key)}`;
}

type Discount = NonNullable<SendRecord['discount']>;

async function discountFor(deps: Deps, { claim, situation, items }: Composition, key: SigningKey, nowMs: number): Promise<{ discount?: Discount | undefined; isNew: boolean }> {
  const { step, profile, earlierDiscount } = situation;
  const { discount: offer } = step;
  const percent = offer && (offer.percentBySegment?.[profile.segment?.name ?? ''] ?? offer.percent);
  if (offer === undefined || percent === undefined) return { discount: await reusableDiscount(deps, earlierDiscount, productIdsOf(items), nowMs), isNew: false };
  if (percent === 0) return { isNew: false };
  return { discount: { code: discountCode(claim.sendId, key), percent, expiresAtMs: nowMs + offer.validHours * hourMs }, isNew: true };
}

/** A follow-up shows the offer of its earlier step while that is valid: not expired and not redeemed. The offer is extended to the products of the follow-up. */
async function reusableDiscount(deps: Deps, discount: Discount | undefined, productIds: readonly string[], nowMs: number): Promise<Discount | undefined> {
  if (discount === undefined || discount.expiresAtMs <= nowMs) return undefined;
  return (await deps.coupons.extend(discount.code, productIds)) ? discount : undefined;
}

function couponOf(claim: Composition['claim'], discount: Discount, productIds: string[], createdAtMs: number): Coupon {
  const { sendId, userKey, campaign, step } = claim;
  return { ...discount, code: normaliseCode(discount.code), userKey, campaign, step, sendId, productIds, createdAtMs };
}

const productIdsOf = (items: readonly DescribedProduct[]): string[] => items.map(({ productId }) => productId);

function toItem({ title, url, imageUrl, price, related: _related, quantity: _quantity, ...rest }: DescribedProduct, linkHosts: string[], utm: Parameters<typeof withUtm>[1]): EmailItem {
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
