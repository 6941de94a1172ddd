import type { Config } from '../../schemas/config.ts';
import type { Source } from '../../schemas/event.ts';
import { normalAddress } from '../address.ts';
import { cutText, jsonBytes } from '../storable.ts';
import { truthOf } from '../truth.ts';
import type { Properties } from './filters.ts';

/** A larger trait is a document; a profile keeps many traits and has to stay small. */
const traitBytes = 1024;

/**
 * What a person's traits say, in the form in which they are kept: an address in its normal form, the consent as yes or no, nothing
 * that is blank, and each within a kilobyte. Anyone can read a publishable key, so what arrives with it may not say where mail
 * goes, whom it greets, or that it is welcome, nor what it says.
 * @returns the reason when a consent is neither yes nor no: it must not become a silent no
 */
export function normalTraits(traits: Properties, source: Source, config: Config): { traits: Properties; reason?: undefined } | { traits?: undefined; reason: string } {
  const { trait: consentTrait } = config.consent;
  const mayTell = source !== 'web' || config.webKeys.mayIdentify;
  const kept: Properties = {};
  for (const [name, value] of Object.entries(traits)) {
    if (!mayTell && saysWho(name, config)) continue;
    if (typeof value === 'string' && value.trim() === '') continue;
    const normal = name === consentTrait ? truthOf(value) : name === 'email' ? (normalAddress(value) ?? value) : value;
    if (normal === undefined) return { reason: `trait ${name}: ${JSON.stringify(value)?.slice(0, 100)} is neither yes nor no; send true or false` };
    const fitting = fitted(normal);
    if (fitting !== undefined) kept[name] = fitting;
  }
  return { traits: kept };
}

/** Traits without those that say who somebody is and whether mail is welcome, and those that emails show. */
export function withoutIdentity(traits: Properties, config: TraitConfig): Properties {
  return Object.fromEntries(Object.entries(traits).filter(([name]) => !saysWho(name, config)));
}

/** As Segment names them. */
const identityTraits: ReadonlySet<string> = new Set(['email', 'name', 'firstName', 'first_name', 'lastName', 'last_name']);

type TraitConfig = Pick<Config, 'consent' | 'traits'>;

const saysWho = (name: string, { consent, traits }: TraitConfig): boolean => identityTraits.has(name) || name === consent.trait || Object.hasOwn(traits, name);

function fitted(value: unknown): unknown {
  if (isShort(value) || jsonBytes(value) <= traitBytes) return value;
  return typeof value === 'string' ? cutText(value, safeLength) : undefined;
}

/** Three bytes for a character at most, and six for one that JSON escapes; and two quotes. */
const safeLength = Math.floor(traitBytes / 6);
const isShort = (value: unknown): boolean => (typeof value === 'string' ? value.length < safeLength : typeof value !== 'object');
