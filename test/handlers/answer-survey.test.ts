import { describe, expect, test } from 'vitest';
import { createHandler } from '../../lambdas/answer-survey/handler.ts';
import { emptyProfile } from '../../lambdas/domain/profile/profile.ts';
import { maxChanges, maxCommentLength } from '../../lambdas/domain/surveys/survey.ts';
import { signLink, signSurvey } from '../../lambdas/domain/links/tokens.ts';
import { envelopeFrom, eventFrom, startMs } from '../support/events.ts';
import { FakeStream, MemoryProfiles, recordingLogger } from '../support/fakes.ts';
import { MemorySurveys, pageCall, signingKey, signingKeys } from '../support/rights.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';

const surveys = {
  taste: {
    question: 'Do you read <novels>?',
    answers: [
      { value: 'yes', label: 'Yes' },
      { value: 'no', label: 'No, rarely' },
    ],
    locales: { de: { question: 'Lesen Sie Romane?', labels: { yes: 'Ja', no: 'Nein' } } },
  },
};
const claim = { userKey: 'u#ana', campaign: 'welcome', step: 'hello', question: 'taste' };
const token = signSurvey(claim, signingKey);

function world() {
  const stream = new FakeStream();
  const answers = new MemorySurveys();
  const profiles = new MemoryProfiles();
  const clock = { nowMs: startMs };
  const handle = createHandler({ config: { ...bookstore, surveys }, signingKeys, profiles, answers, stream, logger: recordingLogger().logger, now: () => (clock.nowMs += 1000) });
  const get = (query?: Record<string, string>, link = token) => handle(pageCall('GET', link, query && { query }));
  const post = (fields: Record<string, string>, link = token) => handle(pageCall('POST', link, { body: new URLSearchParams(fields).toString() }));
  const events = () => stream.records.map(({ envelope }) => eventFrom(envelopeFrom(JSON.stringify(envelope)), bookstore));
  return { stream, answers, profiles, get, post, events, handle };
}

test('the page speaks the language of the emails of the person', async () => {
  const { get, post, profiles } = world();
  await profiles.saveContent('u#ana', { version: 0, traits: { locale: { value: 'de-AT', atMs: 0 } }, products: {} });
  const { body, headers } = await get();
  for (const text of ['<html lang="de">', 'Lesen Sie Romane?', 'Antwort senden', '>Ja</label>']) expect(body).toContain(text);
  expect(headers).toMatchObject({ 'Content-Language': 'de' });
  expect((await post({})).body).toContain('Bitte wählen Sie eine der Antworten.');
  expect((await post({ answer: 'yes' })).body).toContain('Ihre Antwort: <strong>Ja</strong>');
});

test('an answer of an erased person is thanked for and not kept', async () => {
  const { post, stream, answers, profiles } = world();
  profiles.erased.set('u#ana', startMs);
  const { statusCode, body } = await post({ answer: 'yes' });
  expect([statusCode, body]).toEqual([200, expect.stringContaining('<strong>Yes</strong>')]);
  expect([stream.records, answers.records.size]).toEqual([[], 0]);
});

describe('the link', () => {
  test('shows the question with the answer of the link chosen, and records nothing: scanners follow links', async () => {
    const { get, stream, answers } = world();
    const { statusCode, body } = await get({ answer: 'no' });
    expect(statusCode).toBe(200);
    expect(body).toContain('Do you read &#60;novels&#62;?');
    expect(body).toContain('value="no" required checked>');
    expect(body).not.toContain('value="yes" required checked>');
    expect([stream.records, answers.records.size]).toEqual([[], 0]);
  });

  test.each([undefined, { answer: 'maybe' }, { answer: '"><script>' }])('chooses nothing for an answer that there is not: %j', async (query) => {
    const { body } = await world().get(query);
    expect(body).not.toContain('checked>');
    expect(body).not.toContain('<script');
  });

  test.each([
    ['nonsense', 'nonsense', 400],
    ['one that was cut short', token.slice(0, -1), 400],
    ['an unsubscribe link', signLink({ userKey: 'u#ana', topic: 'offers' }, signingKey), 400],
    ['one of a survey that is over', signSurvey({ ...claim, question: 'colour' }, signingKey), 410],
    ['one of no survey', signSurvey({ ...claim, question: 'constructor' }, signingKey), 410],
  ])('is refused when it is %s', async (_what, link, status) => {
    const { get, post, stream, answers } = world();
    expect([(await get({ answer: 'yes' }, link)).statusCode, (await post({ answer: 'yes' }, link)).statusCode]).toEqual([status, status]);
    expect([stream.records, answers.records.size]).toEqual([[], 0]);
  });
});

describe('an answer', () => {
  test('is kept with the segment in which the person was asked, which the email may have led them out of', async () => {
    const { post, answers, profiles } = world();
    await profiles.saveProfile({ ...emptyProfile('u#ana'), segment: { name: 'everyone_else', sinceMs: 1 } });
    await post({ answer: 'no' }, signSurvey({ ...claim, segment: 'dormant' }, signingKey));
    expect((await answers.get(claim))?.segment).toBe('dormant');
  });

  test('is an event of the person, and kept with the segment that they are in when the link says nothing of it', async () => {
    const { post, events, answers, profiles } = world();
    await profiles.saveProfile({ ...emptyProfile('u#ana'), segment: { name: 'fans', sinceMs: 1 } });
    const { statusCode, body } = await post({ answer: 'no', comment: '  Only poems.\r\nSorry! ' });
    expect([statusCode, body.includes('Your answer: <strong>No, rarely</strong>')]).toEqual([200, true]);
    expect(events()).toMatchObject([
      {
        name: 'survey_answered',
        userKey: 'u#ana',
        source: 'email',
        atMs: startMs + 1000,
        properties: { survey: 'taste', campaign: 'welcome', step: 'hello', answer: 'no', comment: 'Only poems.\nSorry!' },
      },
    ]);
    expect(await answers.get(claim)).toMatchObject({ answer: 'no', comment: 'Only poems.\nSorry!', segment: 'fans', atMs: startMs + 1000 });
  });

  test('counts once when it is sent twice, even at once', async () => {
    const { post, events, answers } = world();
    await Promise.all([post({ answer: 'yes' }), post({ answer: 'yes' })]);
    await post({ answer: 'yes' });
    expect(new Set(events().map(({ messageHash, atMs }) => `${messageHash} ${atMs}`)).size).toBe(1);
    expect(await answers.get(claim)).toMatchObject({ change: 1, atMs: expect.any(Number) });
  });

  test('is told again after the stream refused it', async () => {
    const { handle, answers, stream } = world();
    const put = stream.put.bind(stream);
    stream.put = async () => Promise.reject(new Error('refused'));
    const call = pageCall('POST', token, { body: 'answer=yes' });
    await expect(handle(call)).rejects.toThrow('refused');
    stream.put = put;
    await handle(call);
    expect([stream.records.length, (await answers.get(claim))?.change]).toEqual([1, 1]);
  });

  test('can be changed: the last one is kept, and each is an event', async () => {
    const { post, events, answers } = world();
    for (const answer of ['yes', 'no', 'yes']) await post({ answer });
    await post({ answer: 'yes', comment: 'Really' });
    expect(await answers.get(claim)).toMatchObject({ answer: 'yes', comment: 'Really', change: 4 });
    await post({ answer: 'no' });
    expect(await answers.get(claim)).not.toHaveProperty('comment');
    expect(new Set(events().map(({ messageHash }) => messageHash)).size).toBe(5);
    expect(events().map(({ properties }) => [properties.previous_answer, properties.answer])).toEqual([[undefined, 'yes'], ['yes', 'no'], ['no', 'yes'], ['yes', 'yes'], ['yes', 'no']]);
    expect(events().slice(1).map(({ properties }) => properties.previous_at_ms)).toEqual(events().slice(0, -1).map(({ atMs }) => atMs));
  });

  test('cannot be changed without end', async () => {
    const { post, events, answers } = world();
    for (let index = 0; index < maxChanges; index += 1) await post({ answer: index % 2 === 0 ? 'yes' : 'no' });
    expect((await post({ answer: 'yes' })).statusCode).toBe(409);
    expect([events().length, (await answers.get(claim))?.answer]).toEqual([maxChanges, 'no']);
  });

  test('belongs to the known person that an anonymous visitor has become', async () => {
    const { post, profiles, events, answers } = world();
    await profiles.point('a#d1', 'u#ana');
    await post({ answer: 'yes' }, signSurvey({ ...claim, userKey: 'a#d1' }, signingKey));
    expect([events()[0]?.userKey, (await answers.get(claim))?.answer]).toEqual(['u#ana', 'yes']);
  });

  test('may have a comment as long as it says, counted as the browser counts', async () => {
    const { post, events } = world();
    const comment = 'line\r\n'.repeat(maxCommentLength / 5 - 1) + 'ends.';
    expect((await post({ answer: 'yes', comment })).statusCode).toBe(200);
    expect(String(events()[0]?.properties.comment)).toHaveLength(maxCommentLength);
  });

  test.each([
    ['names no answer', { comment: 'Hm <b>' }, 'Please choose one of the answers.'],
    ['names one that there is not', { answer: 'maybe', comment: 'Hm <b>' }, 'Please choose one of the answers.'],
    ['has a comment that is too long', { answer: 'yes', comment: 'Hm <b>'.padEnd(1001, '.') }, 'The comment has 1001 characters; there is room for 1000.'],
  ])('that %s is sent back with what was typed', async (_what, fields, problem) => {
    const { post, stream, answers } = world();
    const { statusCode, body } = await post(fields as unknown as Record<string, string>);
    expect([statusCode, body.includes(problem)]).toEqual([400, true]);
    expect(body).toContain('>\nHm &#60;b&#62;');
    expect([stream.records, answers.records.size]).toEqual([[], 0]);
  });

  test('cannot be made up with a web key', () => {
    const event = { event: 'survey_answered', userId: 'ana', properties: { answer: 'yes' } };
    expect(() => eventFrom({ v: 1, type: 'track', receivedAtMs: startMs, keyId: 'k', source: 'web', requestId: 'r', index: 0, event }, bookstore)).toThrow('reserved');
  });
});
