import { describe, expect, it } from 'vitest';
import { callTypes } from '../../lambdas/schemas/event.ts';
import { batchTemplate, callTemplate, responseTemplates } from '../../lib/api/mapping.ts';
import { renderTemplate, type GatewayContext } from '../../local/api-gateway/vtl.ts';
import { constructsIn } from './constructs.ts';
import { templateFacts } from './templates.ts';

const context: GatewayContext = {
  requestTimeEpoch: 1_700_000_000_000,
  extendedRequestId: 'JkcXyHnDIAMFQ8w=',
  identity: { sourceIp: '203.0.113.7' },
  authorizer: { keyId: 'key-1', source: 'web' },
};

const shown = templateFacts.flatMap(({ what, source, shown: cases }) => cases.map((one) => ({ what, source, ...one })));

describe('the local API renders as API Gateway does', () => {
  it.each(shown)('$what: $template [$source]', ({ template, body, renders }) => {
    expect(renderTemplate(template, body === undefined ? '' : JSON.stringify(body), context).body).toBe(renders);
  });
});

describe('our templates', () => {
  const used = new Map(Object.entries({ ...Object.fromEntries(callTypes.map((type) => [type, callTemplate(type, 'stream')])), batch: batchTemplate('stream'), ...responseTemplates() }));
  const known = new Set(templateFacts.flatMap(({ constructs }) => constructs));

  it.each([...used])('use nothing in %s that is not in the table', (_name, template) => {
    expect([...constructsIn(template)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('are what the table is about: no construct stands in it that nothing uses', () => {
    const all = new Set([...used.values()].flatMap((template) => [...constructsIn(template)]));
    expect([...known].filter((name) => !all.has(name))).toEqual([]);
  });

  it('rest on records or on what AWS says', () => {
    const weak = templateFacts.filter(({ constructs, knownBy }) => constructs.length > 0 && knownBy === 'believed');
    expect(weak).toEqual([]);
  });

  it('are read as what they are', () => {
    expect([...constructsIn('#if(!$a.b().c() || $x[0] != "$!{y}" + 1)#else $context.a.b $util.f($input.p()).g()#end')].sort()).toEqual(
      ['#if', '||', '!', '.b()', '.c()', '!=', '[index]', 'integer', '+', '"text"', '${braces}', '$!', '#else', '$context.a.b', '$util.f()', '$input.p()', '.g()'].sort(),
    );
  });
});
