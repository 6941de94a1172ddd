import type { Config, StepConfig } from '../schemas/config.ts';
import type { SendRequest, SkipReason } from '../schemas/workflow.ts';
import { cart, type CartProduct, type Content } from './content.ts';
import type { Profile } from './profile.ts';

/** What is known at the moment of sending. */
export interface SendSituation {
  request: SendRequest;
  step: StepConfig;
  topic: string;
  profile: Profile;
  content: Content;
  suppressed: boolean;
  optedOut: boolean;
  /** When the person clicked in the step that this one follows up on. */
  clickedAtMs?: number | undefined;
}

export type SendDecision = { send: true; address: string; firstName?: string; products: CartProduct[] } | { send: false; reason: SkipReason };

/**
 * Decides, in the order of what the person would want us to check first: are they still in this workflow, may we
 * write to them at all, and is there anything to show?
 */
export function decideSend(config: Config, { request, step, topic, profile, content, suppressed, optedOut, clickedAtMs }: SendSituation): SendDecision {
  const skip = (reason: SkipReason): SendDecision => ({ send: false, reason });
  if (profile.version === 0) return skip('no-profile');
  if ((profile.exits[request.campaign] ?? -Infinity) >= request.entryAtMs) return skip('exited');
  if (step.ifClicked !== undefined && clickedAtMs === undefined) return skip('not-clicked');

  const address = content.traits.email?.value;
  if (!isAddress(address)) return skip('no-address');
  if (suppressed) return skip('suppressed');
  if (optedOut || profile.unsubscribedAtMs[topic] !== undefined || profile.unsubscribedAtMs['*'] !== undefined) return skip('unsubscribed');
  if (config.consent.trait !== null && profile.consent?.value !== true) return skip('no-consent');

  const products = cart(content);
  if (products.length === 0) return skip('no-content');
  return { send: true, address, ...firstNameOf(content), products };
}

/** One address without display name or anything that could become a header; SES judges the rest. */
export const isAddress = (value: unknown): value is string => typeof value === 'string' && value.length <= 254 && /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+\.[^\s@<>,;:"()[\]\\]+$/.test(value);

function firstNameOf({ traits }: Content): { firstName?: string } {
  const value = traits.first_name?.value ?? traits.firstName?.value;
  return typeof value === 'string' && value.trim() !== '' ? { firstName: value.trim().slice(0, 60) } : {};
}
