import { describe, expect, test } from 'vitest';
import { burstMs, clickOf, judgeClick, judgeOpen, soonestClickMs, type Click } from '../../../lambdas/domain/feedback/engagement.ts';

const person = { by: 'person' };
const machine = (why: string) => ({ by: 'machine', why });
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36';
const gmailPrefetch = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0';

describe('an open', () => {
  test.each([
    ['a phone', iphone],
    ['a browser', chrome],
    ['Outlook', 'Mozilla/4.0 (compatible; ms-office; MSOffice 16)'],
    ["Google's proxy, which fetches when somebody reads", 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)'],
    ["Yahoo's proxy", 'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html'],
    ['a phone called CUBOT', 'Mozilla/5.0 (Linux; Android 11; CUBOT X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.45 Mobile Safari/537.36'],
    ['an old Edge', gmailPrefetch.replace(/ Mozilla\/5\.0$/, '')],
  ])('by %s is a person', (_what, userAgent) => {
    expect(judgeOpen({ userAgent, ipAddress: '81.2.69.142' })).toEqual(person);
  });

  test.each([
    ['Mozilla/5.0', '104.28.40.1', 'apple-mail-privacy'],
    [iphone, '17.58.0.4', 'apple-mail-privacy'],
    [gmailPrefetch, '66.102.8.1', 'gmail-prefetch'],
    ['Barracuda Sentinel (EE)', '1.2.3.4', 'security-scanner'],
    [`${chrome} Proofpoint/1.0`, '1.2.3.4', 'security-scanner'],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', '66.249.66.1', 'bot'],
    ['python-requests/2.32.3', '1.2.3.4', 'bot'],
    ['curl/8.7.1', '1.2.3.4', 'bot'],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36', '1.2.3.4', 'bot'],
    ['', '1.2.3.4', 'no-user-agent'],
    [undefined, '1.2.3.4', 'no-user-agent'],
  ])('by %j from %s is a machine: %s', (userAgent, ipAddress, why) => {
    expect(judgeOpen({ userAgent, ipAddress })).toEqual(machine(why));
  });

  test('from an address that only begins like one of Apple is a person', () => {
    expect(judgeOpen({ userAgent: iphone, ipAddress: '172.56.1.9' })).toEqual(person);
  });
});

describe('a click', () => {
  const deliveredAtMs = Date.parse('2026-03-01T10:00:00Z');
  const click = (afterMs: number, link: string, userAgent: string | null = chrome): Click => clickOf({ timestamp: new Date(deliveredAtMs + afterMs).toISOString(), link, userAgent });
  const judged = (one: Click, others: Click[] = [], known = {}) => judgeClick(one, { deliveredAtMs, clicks: [one, ...others], ...known });

  test('a while after the delivery is a person', () => {
    expect(judged(click(soonestClickMs, 'a'))).toEqual(person);
  });

  test('within seconds of the delivery, or before it, is a machine', () => {
    expect(judged(click(soonestClickMs - 1, 'a'))).toEqual(machine('too-fast'));
    expect(judged(click(-3000, 'a'))).toEqual(machine('too-fast'));
  });

  test('is measured from the sending while the delivery is not known', () => {
    const known = { deliveredAtMs: undefined, sentAtMs: deliveredAtMs };
    expect(judged(click(soonestClickMs - 1, 'a'), [], known)).toEqual(machine('too-fast'));
    expect(judged(click(soonestClickMs, 'a'), [], known)).toEqual(person);
  });

  test('on another link at nearly the same time is a machine, whichever came first', () => {
    const [first, second] = [click(60_000, 'a'), click(60_000 + burstMs - 1, 'b')];
    expect(judged(first, [second])).toEqual(machine('many-links'));
    expect(judged(second, [first])).toEqual(machine('many-links'));
    expect(judged(first, [click(60_000 + burstMs, 'b')])).toEqual(person);
  });

  test('that is repeated on the same link stays a person: some check a link when it is followed', () => {
    expect(judged(click(60_000, 'a'), [click(60_100, 'a')])).toEqual(person);
  });

  test('is a machine by its user agent, however late; Apple follows no links', () => {
    expect(judged(click(86_400_000, 'a', 'Mozilla/5.0'))).toEqual(machine('bot'));
    expect(judged(click(86_400_000, 'a', null))).toEqual(machine('no-user-agent'));
    expect(judged(click(86_400_000, 'a', 'Mimecast URL Protect'))).toEqual(machine('security-scanner'));
  });
});
