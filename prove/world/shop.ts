import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import bookstore from '../../examples/bookstore/segue.config.ts';
import type { Renderer } from '../../lambdas/domain/emails/render.ts';
import { compilePlan, type Plan } from '../../lambdas/domain/plan/plan.ts';
import { defineConfig } from '../../lambdas/schemas/define-config.ts';
import type { Config, ConfigInput } from '../../lambdas/schemas/config.ts';
import { readDefinition as withDelays } from '../../lib/parts/state-machine-file.ts';
import { readDefinition, type Definition } from '../aws/states/definition.ts';
import type { Random } from '../time/random.ts';

/** The shop of one run: the bookstore with its real state machines and emails, its numbers changed so that much meets. */
export interface Shop {
  config: Config;
  plan: Plan;
  machines: ReadonlyMap<string, Definition>;
}

export const sendEmailArn = 'arn:aws:lambda:eu-west-1:000000000000:function:send-email';
const folder = join(import.meta.dirname, '../../examples/bookstore/statemachines');

/** Emails without their looks: what a reader acts on is the code and the links. Templates have tests of their own, and filling them took half of a run. */
export const renderer: Renderer = {
  render(email, { discount, links }) {
    const text = [email, discount && `code ${discount.code}`, ...Object.values(links)].filter((part) => part !== undefined).join('\n');
    return { subject: email, html: text, text };
  },
};

/** What people do in the shop; every one of these is counted in the profile. */
export const countedEvents = ['page_viewed', 'product_viewed', 'add_to_cart', 'remove_from_cart', 'wishlist_saved', 'signed_up', 'purchase', 'coupon_redeemed', 'email_sent', 'email_clicked'];

export function openShop(random: Random): Shop {
  const config = defineConfig(variation(random));
  const machines = new Map(Object.values(config.campaigns).map((campaign) => [campaign.stateMachine, definitionOf(campaign)]));
  return { config, plan: compilePlan(config), machines };
}

/** Steps and waits keep their names, since the state machines are those of the shop. */
function variation(random: Random): ConfigInput {
  const { campaigns } = bookstore;
  const { abandoned_cart, browse_abandonment, welcome, cross_sell, win_back, reward } = campaigns as Record<string, Config['campaigns'][string]>;
  if (!abandoned_cart || !browse_abandonment || !welcome || !cross_sell || !win_back || !reward) throw new Error('the simulator needs the campaigns of the bookstore');
  const offerHours = random.pick([1, 24, 48]);
  const hours = () => random.pick([0, 1, 24, offerHours]);
  const step = <Name extends string>({ steps }: Config['campaigns'][string], name: Name) => ({ ...(steps[name] as Config['campaigns'][string]['steps'][string]) });
  const maxPerDay = random.pick([1, 1, 2, undefined]);
  const maxPerWeek = random.pick([3, 2, undefined]);
  return {
    ...bookstore,
    consent: { trait: random.chance(0.8) ? 'marketing_consent' : null },
    contact: {
      maxDelayHours: random.pick([24, 72, 200]),
      ...(maxPerDay !== undefined && { maxPerDay }),
      ...(maxPerWeek !== undefined && { maxPerWeek }),
      ...(random.chance(0.7) && { maxPerSecond: random.pick([1, 1, 5]) }),
      ...(random.chance(0.2) && { quietHours: { fromHour: 22, toHour: 7 } }),
    },
    suppression: { softBounces: random.fork('suppression').pick([2, 3]), withinDays: 30 },
    // Never true; it asks for every event, so that each is counted.
    segments: [...bookstore.segments, { name: 'counted', title: 'Nobody', when: { all: [{ not: { did: '*' } }, ...countedEvents.map((did) => ({ did }))] } }],
    campaigns: {
      abandoned_cart: {
        ...abandoned_cart,
        steps: { offer: { ...step(abandoned_cart, 'offer'), afterHours: offerHours }, reminder: { ...step(abandoned_cart, 'reminder'), afterHours: hours() } },
      },
      browse_abandonment: {
        ...browse_abandonment,
        entry: { event: 'product_viewed' },
        reentry: random.pick([{ cooldownHours: 24 }, { cooldownHours: 200 }, 'always' as const]),
        steps: { nudge: { ...step(browse_abandonment, 'nudge'), afterHours: random.chance(0.5) ? offerHours : hours() } },
      },
      welcome: { ...welcome, steps: { hello: { ...step(welcome, 'hello'), afterHours: random.pick([0, 0, 1]) }, picks: { ...step(welcome, 'picks'), afterHours: hours() } } },
      // Wakes together with the first one.
      cross_sell: { ...cross_sell, entry: { event: 'add_to_cart' }, steps: { ideas: { ...step(cross_sell, 'ideas'), shows: 'cart', afterHours: offerHours } }, reentry: random.pick(['always' as const, { cooldownHours: 72 }]) },
      win_back,
      reward: { ...reward, entry: random.chance(0.5) ? { event: 'wishlist_saved' } : reward.entry, reentry: 'always', steps: { thanks: { ...step(reward, 'thanks'), afterHours: hours() } } },
    },
  } as ConfigInput;
}

const definitions = new Map<string, Definition>();

function definitionOf(campaign: Config['campaigns'][string]): Definition {
  const text = withDelays(folder, campaign).replaceAll('${SendEmailArn}', sendEmailArn);
  let known = definitions.get(text);
  if (known === undefined) definitions.set(text, (known = readDefinition(text)));
  return known;
}

/** The file as it lies there, for tests. */
export const stateMachineFile = (name: string): string => readFileSync(join(folder, `${name}.asl.json`), 'utf8');
