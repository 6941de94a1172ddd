import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shownValues } from '../../../lambdas/domain/campaigns/shown-values.ts';
import { entryId } from '../../../lambdas/domain/profile/entries.ts';
import { carriesContent, emptyContent, mergeContent, withEvent, type Content } from '../../../lambdas/domain/profile/content.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { createRenderer } from '../../../lambdas/domain/emails/render.ts';
import type { ConfigInput } from '../../../lambdas/schemas/config.ts';
import { defineConfig } from '../../../lambdas/schemas/define-config.ts';
import type { ShownValue } from '../../../lambdas/schemas/shown-value.ts';
import bookstore from '../../../examples/bookstore/segue.config.ts';
import { sampleOf } from '../../emails/support.ts';
import { configWith, startMs, track } from '../../support/events.ts';

const declared: Record<string, ShownValue> = {
  plan: { type: 'text', default: 'Free', sample: 'Pro' },
  seats: { type: 'number', sample: 3 },
  trial: { type: 'boolean', default: false, sample: true },
  home: { type: 'url', sample: 'https://app.example/p/1' },
};
const hosts = ['app.example'];
const hostile = fc.oneof(fc.anything(), fc.constantFrom('<script>alert(1)</script>', 'javascript:alert(1)', '{{ brand.name }}{% raw %}', '" onmouseover="x', 'https://evil.example/', '\u202egnp', '\r\nBcc: a@b.example', 'x'.repeat(9000)));

describe('values that an email shows', () => {
  test('are those that were given, of the declared type', () => {
    expect(shownValues(declared, { plan: ' Pro ', seats: '12', trial: true, home: 'https://app.example/p/7', other: 1 }, hosts)).toEqual({ plan: 'Pro', seats: 12, trial: true, home: 'https://app.example/p/7' });
  });

  test.each([[{}], [{ plan: '', seats: 'many', trial: 'yes', home: 'javascript:alert(1)' }], [{ plan: {}, seats: NaN, trial: 1, home: 'https://evil.example/' }], [Object.create({ plan: 'inherited' }) as object]])(
    'are the defaults, or nothing, for %j',
    (given) => {
      expect(shownValues(declared, given as Record<string, unknown>, hosts)).toEqual({ plan: 'Free', trial: false });
    },
  );

  test('stay text in the email, whatever was sent, and never stop it', () => {
    const template = '<p title="{{ person.plan }}">{{ person.plan }}</p>{% if person.home %}<a href="{{ person.home }}">x</a>{% endif %}';
    const renderer = createRenderer({ mail: { subject: 'Plan {{ person.plan }}', html: template, text: '{{ person.plan }}' } });
    fc.assert(
      fc.property(fc.record({ plan: hostile, seats: hostile, trial: hostile, home: hostile }, { requiredKeys: [] }), (given) => {
        const { html, subject } = renderer.render('mail', { ...sampleOf('reward'), person: shownValues(declared, given, hosts) });
        expect(html).toMatch(/^<p title="[^"<>]*">[^<>]*<\/p>(<a href="https:\/\/(?:\w+\.)*app\.example[^"<>]*">x<\/a>)?$/);
        expect(subject).not.toMatch(/[\r\n]/);
      }),
    );
  });
});

describe('properties of the entry event', () => {
  const cart = bookstore.campaigns.abandoned_cart as ConfigInput['campaigns'][string];
  const campaigns = { started: { ...cart, entry: { event: 'project_created' }, keyProperty: 'project_id', entryProperties: { project_name: { type: 'text', default: 'your project', sample: 'Apollo' } } } } satisfies ConfigInput['campaigns'];
  const config = configWith({ campaigns });
  const plan = compilePlan(config);
  const merge = (a: Content, b: Content) => mergeContent(a, b, plan);
  const event = (properties: Record<string, unknown>, source: 'server' | 'web' | 'import' = 'server', atMs = startMs) => track('project_created', atMs, properties, {}, { source });
  const at = (key: string, entryAtMs = startMs) => entryId({ campaign: 'started', key, entryAtMs });

  test('are kept with the person, only those declared, and apart for each key and time', () => {
    const content = [event({ project_id: 'a', project_name: 'Apollo', secret: 1 }), event({ project_id: 'b', project_name: 'x'.repeat(5000) }), event({ project_id: 'a' }, 'server', startMs + 1)].reduce((before, one) => withEvent(before, one, plan), emptyContent());
    expect(content.entries?.[at('a')]?.value).toEqual({ project_name: 'Apollo' });
    expect((content.entries?.[at('b')]?.value as { project_name: string }).project_name).toHaveLength(300);
    expect(content.entries?.[at('a', startMs + 1)]?.value).toEqual({});
  });

  test('of a publishable key or of history are not shown: anybody could write into anybody else\'s email', () => {
    expect([carriesContent(event({ project_name: 'Visit evil.example' }, 'web'), config), carriesContent(event({ project_name: 'x' }, 'import'), config)]).toEqual([false, false]);
    expect(carriesContent(event({ project_name: 'x' }, 'web'), { ...config, webKeys: { ...config.webKeys, mayIdentify: true } })).toBe(true);
  });

  test('make the same content in any order and however often they come', () => {
    // At one time, the order counts.
    const events = fc.uniqueArray(fc.record({ key: fc.constantFrom('a', 'b'), name: fc.string({ maxLength: 5 }), after: fc.integer({ min: 0, max: 20 }) }), { maxLength: 25, selector: ({ key, after }) => `${key}${after}` });
    fc.assert(
      fc.property(events, fc.nat(), (list, seed) => {
        const contents = list.map(({ key, name, after }) => withEvent(emptyContent(), event({ project_id: key, project_name: name }, 'server', startMs + after), plan));
        const shuffled = [...contents, ...contents].map((content, index) => [(index * 7919 + seed) % 101, content] as const).sort(([a], [b]) => a - b).map(([, content]) => content);
        expect(shuffled.reduce(merge, emptyContent())).toEqual(contents.reduce(merge, emptyContent()));
        expect(Object.keys(shuffled.reduce(merge, emptyContent()).entries ?? {}).length).toBeLessThanOrEqual(10);
      }),
    );
  });
});

test.each([
  [{ traits: { plan: { type: 'text', default: 5, sample: 'Pro' } } }, 'traits.plan.default: 5: must be a text, as its type says'],
  [{ traits: { home: { type: 'url', sample: 'javascript:x' } } }, 'traits.home.sample: "javascript:x": must be a link that begins with https://, as its type says'],
  [{ traits: { firstName: { type: 'text', sample: 'Ana' } } }, 'traits.firstName: is always there; remove it'],
  [{ traits: { 'a-b': { type: 'text', sample: 'x' } } }, 'traits.a-b: the name must be letters, digits and _, at most 60, starting with a letter'],
  [{ brand: { colors: { accent: '#ffff00' } } }, 'brand.colors.accent: "#ffff00": has a contrast of 1.1 with card (#ffffff); must be at least 4.5'],
  [{ brand: { font: 'x; } body { display: none' } }, 'brand.font: "x; } body { display: none"'],
])('a declaration that cannot work is refused: %j', (change, message) => {
  expect(() => defineConfig({ ...(bookstore as ConfigInput), ...(change as Partial<ConfigInput>) })).toThrow(message);
});
