import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trackHtml } from '../../../local/ses/tracking.ts';

const track = (html: string) => trackHtml(html, { open: 'http://l/open', click: (index) => `http://l/${index}` });

describe('tracking', () => {
  it('leads web links through the tracker and remembers their targets', () => {
    const { html, links } = track(
      `<body><a class="b" href="https://a.example/?x=1&amp;y=2">A</a> <A HREF='http://b.example/&#x27;'>B</A></body>`,
    );
    expect(links).toEqual(['https://a.example/?x=1&y=2', "http://b.example/'"]);
    expect(html).toContain('<a class="b" href="http://l/0">A</a> <A HREF="http://l/1">B</A>');
  });

  it.each(['mailto:a@b.example', 'tel:123', '#top', 'javascript:alert(1)'])('leaves %s alone', (href) => {
    const { html, links } = track(`<a href="${href}">x</a>`);
    expect(links).toEqual([]);
    expect(html).toContain(`href="${href}"`);
  });

  it.each([
    '<a ses:no-track href="https://a.example">x</a>',
    '<a href="https://a.example" ses:no-track="">x</a>',
    `<a href="https://a.example" ses:no-track='1'>x</a>`,
  ])('leaves a link with ses:no-track alone and takes the attribute away: %s', (link) => {
    const { html, links } = track(link);
    expect(links).toEqual([]);
    expect(html).toMatch(/<a\s+href="https:\/\/a\.example"\s*>x<\/a>/);
  });

  it('does not take other tags or attributes for links', () => {
    const text = '<abbr href="https://a.example">x</abbr><a data-href="https://a.example">y</a><link href="https://a.example/s.css">';
    expect(track(text)).toMatchObject({ links: [], html: expect.stringContaining(text) });
  });

  it('puts the picture before the end of the body, or at the end', () => {
    expect(track('<body>x</body></html>').html).toMatch(/^<body>x<img [^>]*src="http:\/\/l\/open"[^>]*><\/body><\/html>$/);
    expect(track('x').html).toMatch(/^x<img /);
  });

  it('keeps the place of a link in the list, whatever its target holds', () => {
    fc.assert(
      fc.property(fc.array(fc.webUrl({ withQueryParameters: true }), { maxLength: 5 }), (urls) => {
        const html = urls.map((url) => `<a href="${url.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">x</a>`).join('');
        expect(track(html).links).toEqual(urls);
      }),
    );
  });
});
