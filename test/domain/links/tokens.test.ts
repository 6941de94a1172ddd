import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claimIn, readLink, readSurvey, signLink, signSurvey, type SigningKey } from '../../../lambdas/domain/links/tokens.ts';

const key: SigningKey = { keyId: '0000000a', secret: 'a secret' };
const link = { userKey: 'u#ana', topic: 'offers' };
const survey = { userKey: 'u#ana', campaign: 'welcome', step: 'hello', question: 'taste' };

const kinds: { name: string; token: string; read: (token: string, key: SigningKey) => object | undefined; says: object }[] = [
  { name: 'unsubscribe', token: signLink(link, key), read: readLink, says: link },
  { name: 'unsubscribe, of an email', token: signLink({ ...link, sendId: 'f'.repeat(32) }, key), read: readLink, says: { ...link, sendId: 'f'.repeat(32) } },
  { name: 'survey', token: signSurvey(survey, key), read: readSurvey, says: survey },
  { name: 'survey of a segment', token: signSurvey({ ...survey, segment: 'fans' }, key), read: readSurvey, says: { ...survey, segment: 'fans' } },
];

describe.each(kinds)('the token of an $name link', ({ token, read, says }) => {
  test('says what was signed', () => {
    expect(read(token, key)).toEqual(says);
  });

  test('is safe in a path', () => {
    expect(encodeURIComponent(token)).toBe(token);
  });

  test('[L6] is refused after any change of one character', () => {
    const characters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=%+/ \u00e9\u0000'];
    for (let place = 0; place < token.length; place += 1) {
      for (const character of characters) {
        if (character === token[place]) continue;
        expect(read(token.slice(0, place) + character + token.slice(place + 1), key)).toBeUndefined();
      }
    }
  });

  test('is refused with a character more or less', () => {
    for (let place = 0; place <= token.length; place += 1) {
      if (place < token.length) expect(read(token.slice(0, place) + token.slice(place + 1), key)).toBeUndefined();
      for (const character of 'A0.-') expect(read(token.slice(0, place) + character + token.slice(place), key)).toBeUndefined();
    }
  });

  test('[L6] is refused under another secret and under another id', () => {
    expect(read(token, { ...key, secret: 'another' })).toBeUndefined();
    expect(read(token, { ...key, keyId: '0000000b' })).toBeUndefined();
  });

  test('is refused when its key is not known any more', async () => {
    expect(await claimIn(token, read, { signingKeyById: async () => key })).toEqual(says);
    expect(await claimIn(token, read, { signingKeyById: async () => undefined })).toBeUndefined();
  });

  test('asks for no key when it names none', async () => {
    const asked: string[] = [];
    const keys = { signingKeyById: async (keyId: string) => (asked.push(keyId), key) };
    for (const nonsense of ['', '.', 'current.x.y', '0000000A.x.y', '0000000a']) expect(await claimIn(nonsense, read, keys)).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

test('[L6] a link of one kind never passes for one of the other', () => {
  const text = fc.string();
  fc.assert(
    fc.property(text, text, text, text, (userKey, topic, step, question) => {
      expect(readSurvey(signLink({ userKey, topic }, key), key)).toBeUndefined();
      expect(readLink(signSurvey({ userKey, campaign: topic, step, question }, key), key)).toBeUndefined();
    }),
  );
});

/** The longest header that SES takes, with its name: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html */
const sesHeaderLength = 996;

test('an unsubscribe link fits into a header of SES and finds its way, whatever the id of the person', () => {
  const sendId = 'f'.repeat(32);
  const publicUrl = 'https://0123456789.execute-api.ap-southeast-2.amazonaws.com/a-stage-with-a-name-of-forty-characters-x';
  const unit = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ minLength: 1 }), fc.constantFrom('\u6f22'.repeat(255), '\u0000'.repeat(255), '"'.repeat(255), '\ud800'.repeat(255), 'a'.repeat(255)));
  const id = fc.tuple(unit, fc.integer({ min: 1, max: 60 })).map(([text, times]) => `u#${text.repeat(times).slice(0, 255)}`);
  fc.assert(
    fc.property(id, fc.stringMatching(/^[a-z][a-z0-9_-]{0,39}$/), (userKey, topic) => {
      const token = signLink({ userKey, topic, sendId }, key);
      const header = `List-Unsubscribe: <${publicUrl}/u/${token}>`;
      expect(header.length).toBeLessThanOrEqual(sesHeaderLength);
      expect(header).toMatch(/^[\x20-\x7e]+$/);
      const said = readLink(token, key);
      expect(said).toMatchObject({ topic, sendId });
      // Either it names the very person, or leaves that to the record.
      expect([userKey, undefined]).toContain(said?.userKey);
      if (userKey.length <= 60 && /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(userKey)) expect(said?.userKey).toBe(userKey);
    }),
    { numRuns: 300 },
  );
});
