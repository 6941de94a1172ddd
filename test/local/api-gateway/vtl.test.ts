import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderGatewayResponse, renderTemplate, type GatewayContext } from '../../../local/api-gateway/vtl.ts';

const context: GatewayContext = {
  requestTimeEpoch: 1_700_000_000_000,
  extendedRequestId: 'JkcXyHnDIAMFQ8w=',
  identity: { sourceIp: '203.0.113.7' },
};
const render = (template: string, body: unknown = {}) => renderTemplate(template, JSON.stringify(body), context).body;

describe('$input', () => {
  it('reads values by path, and quotes them by json()', () => {
    const body = { batch: [{ userId: 'a"b' }, { userId: 7 }], 'odd name': true };
    expect(render("$input.path('$.batch[1].userId')", body)).toBe('7');
    expect(render("$input.json('$.batch[0].userId')", body)).toBe('"a\\"b"');
    expect(render("$input.json('$')", body)).toBe(JSON.stringify(body));
    expect(render("$input.path('$[\\'odd name\\']')", body)).toBe('true');
  });

  it('answers for what is missing as API Gateway does: null by path, an empty string by json()', () => {
    expect(render("<$input.path('$.none')>")).toBe('<>');
    expect(render("$input.json('$.none.deeper')")).toBe('""');
    expect(render("$input.json('$.there')", { there: null })).toBe('null');
  });

  it('sees properties of the body only, never those of objects', () => {
    expect(render("$input.json('$.constructor')$input.json('$.__proto__')")).toBe('""""');
    expect(renderTemplate("$input.json('$')", '{"__proto__":{"a":1}}', context).body).toBe('{"__proto__":{"a":1}}');
  });

  it('refuses paths that it would read differently from API Gateway', () => {
    expect(() => render("$input.json('$.batch[*]')")).toThrow("JSONPath $.batch[*]: only $, .name, [index] and ['name'] are supported");
  });

  it('finds nothing in a body that is not JSON, and takes an empty one for {}', () => {
    expect(renderTemplate("$input.json('$')$input.path('$.a')", 'not json', context).body).toBe('""');
    expect(renderTemplate('$input.body', 'not json', context).body).toBe('not json');
    expect(renderTemplate("$input.body$input.json('$')", '', context).body).toBe('{}{}');
  });

  it('keeps numbers as they were written', () => {
    const body = '{"a":175928847299117063,"b":1.0,"c":2}';
    expect(renderTemplate("$input.json('$')", body, context).body).toBe(body);
    expect(renderTemplate("#if($input.path('$.b') == 1)one#end", body, context).body).toBe('one');
  });
});

describe('$util', () => {
  it('encodes UTF-8 as base64', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const encoded = render("$util.base64Encode($input.path('$.text'))", { text });
        expect(Buffer.from(encoded, 'base64').toString('utf8')).toBe(text);
      }),
    );
  });
});

describe('Java strings', () => {
  it('have the methods that templates call', () => {
    expect(
      render("$input.path('$.t').length() $input.path('$.t').contains('b') $input.path('$.t').replaceAll('[ab]', '-')", { t: 'abc' }),
    ).toBe('3 true --c');
  });

  it('match patterns as Java does, for which only ASCII is white space', () => {
    const matches = (pattern: string, t: string) => render(`$input.path('$.t').matches('${pattern}')`, { t });
    expect([' \t\u000b', '\u00a0', ''].map((text) => matches('[\\s]*', text))).toEqual(['true', 'false', 'true']);
    expect(['\u00a0\u2028 ', 'a', 'b\n'].map((text) => matches('[\\s\\p{Z}]*', text))).toEqual(['true', 'false', 'false']);
    expect(() => matches('\\s', 'a')).toThrow('within []');
  });

  it('fail on a method that is not known, instead of printing it', () => {
    expect(() => render("$input.path('$.t').trim()", { t: ' a ' })).toThrow(/String\.trim\(\) is not supported/);
    expect(() => render("$input.path('$.t').constructor()", { t: ' a ' })).toThrow(/not supported/);
  });
});

describe('what nobody knows of API Gateway is refused', () => {
  it.each([
    ["#set($x = $input.path('$.none'))", '#set($x = null)'],
    ["$input.path('$.none').length()", '.length() of null'],
    ['#set($x = "a" + $none)', 'string + null'],
    ["#if($input.path('$.n') == '1')#end", 'number == string'],
    ["#foreach($x in $input.path('$.o'))#end", 'no list'],
    ["$input.path('$.o')", 'use $input.json()'],
    ['#macro(hello)hi#end#hello()', 'not supported'],
    ['#set($x = 7 / 2)', 'not supported'],
  ])('%s', (template, reason) => {
    expect(() => render(template, { n: 1, o: { a: 1 } })).toThrow(reason);
  });

  it('and so are more than 1,000 rounds of a loop', () => {
    expect(render('#foreach($x in $input.path("$.l"))#end', { l: Array(1000).fill(1) })).toBe('');
    expect(() => render('#foreach($x in $input.path("$.l"))#end', { l: Array(1001).fill(1) })).toThrow('1000');
  });
});

describe('what a template sets', () => {
  it('comes back as status and headers', () => {
    const template = '#set($context.responseOverride.status = 503)#set($context.responseOverride.header.Retry-After = "1")body';
    expect(renderTemplate(template, '{}', context)).toMatchObject({ body: 'body', status: 503 });
    expect(renderTemplate('body', '{}', context)).toEqual({ body: 'body', headers: {} });
  });

  it('does not reach the next request', () => {
    renderTemplate('#set($context.responseOverride.status = 503)#set($left = 1)', '{}', context);
    expect(renderTemplate('$left', '{}', context)).toEqual({ body: '', headers: {} });
  });
});

it('never evaluates what a client sent as a template', () => {
  const hostile = '$context.requestTimeEpoch #set($x = 1) $input.body ${util} #stop ## #end';
  expect(render("#set($t = $input.path('$.t'))#set($u = \"<$t>\")$u $input.path('$.t')", { t: hostile })).toBe(`<${hostile}> ${hostile}`);
});

describe('gateway responses', () => {
  it('put in context values so that JSON stays JSON', () => {
    const message = 'object has missing required properties (["event"])\n';
    const withError = { ...context, error: { validationErrorString: message, messageString: 'Invalid "body"' } };
    expect(JSON.parse(renderGatewayResponse('{"error":"$context.error.validationErrorString"}', withError))).toEqual({ error: message });
    expect(JSON.parse(renderGatewayResponse('{"error":$context.error.messageString}', withError))).toEqual({ error: 'Invalid "body"' });
  });

  it('are no templates: directives stay, and what is missing is empty', () => {
    expect(renderGatewayResponse('#set($x = 1)$x "$context.error.none"', context)).toBe('#set($x = 1)$x ""');
  });
});
