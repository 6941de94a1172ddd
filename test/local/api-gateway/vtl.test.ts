import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TemplateError, renderGatewayResponse, renderTemplate, type GatewayContext } from '../../../local/api-gateway/vtl.ts';

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
    expect(render("#if($input.path('$.none'))some#{else}none#end")).toBe('none');
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

  it('refuses a body that is not JSON', () => {
    expect(() => renderTemplate("$input.json('$')", 'not json', context)).toThrow(TemplateError);
    expect(renderTemplate('$input.body', 'not json', context).body).toBe('not json');
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

  it('escapes JavaScript such that JSON reads it back, once apostrophes are gone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = render('$util.escapeJavaScript($input.path(\'$.text\').replaceAll("\'", " "))', { text });
        expect(JSON.parse(`"${escaped}"`)).toBe(text.replaceAll("'", ' '));
        expect(escaped).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
    expect(render("$util.escapeJavaScript($input.path('$.text'))", { text: "it's\n</a>" })).toBe("it\\'s\\n<\\/a>");
  });
});

describe('Java strings', () => {
  it('have the methods that templates call', () => {
    expect(
      render("$input.path('$.t').length() $input.path('$.t').contains('b') $input.path('$.t').replaceAll('[ab]', '-')", { t: 'abc' }),
    ).toBe('3 true --c');
  });

  it('fail on a method that is not known, instead of printing it', () => {
    expect(() => render("$input.path('$.t').trim()", { t: ' a ' })).toThrow(/String\.trim\(\) is not supported/);
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
    expect(renderTemplate('$left', '{}', context)).toEqual({ body: '$left', headers: {} });
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
