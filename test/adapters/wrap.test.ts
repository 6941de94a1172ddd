import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import bookstore from '../../examples/bookstore/segue.config.ts';
import { wrap } from '../../lambdas/adapters/wrap.ts';
import { faultAnswer } from '../../lambdas/domain/pages/person-page.ts';

const fails = async () => {
  throw new Error('table of ana@example.com is away');
};
const call = (handler: unknown, event: unknown) => (handler as (event: unknown, context: unknown) => Promise<unknown>)(event, {});

describe('a function that fails', () => {
  const lines: string[] = [];
  beforeEach(() => void vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line)));
  afterEach(() => {
    vi.restoreAllMocks();
    lines.length = 0;
  });

  test('hands its fault to the caller, which retries', async () => {
    await expect(call(wrap('process-events', fails), {})).rejects.toThrow('is away');
    expect(lines).toHaveLength(1);
  });

  test.each([
    [{ 'accept-language': 'de' }, 'de', 'Diese Seite ist im Augenblick nicht erreichbar.'],
    [null, 'en', 'This page is not available at the moment.'],
  ])('shows a person with the headers %j a page, and nothing of the fault', async (headers, language, text) => {
    const answer = await call(wrap('unsubscribe', fails, faultAnswer(bookstore)), { headers });
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'Content-Language': language, 'Cache-Control': 'no-store' }, body: expect.stringContaining(text) });
    expect(JSON.stringify(answer)).not.toMatch(/ana@|is away/);
    expect(lines.join()).toContain('is away');
  });
});
