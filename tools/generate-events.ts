const minuteMs = 60_000;
const spanMs = 180 * 24 * 60 * minuteMs;
const startMs = Date.parse('2026-01-01T00:00:00Z');
const names = [
  'page_viewed',
  'page_viewed',
  'product_viewed',
  'product_viewed',
  'product_viewed',
  'add_to_cart',
  'purchase',
  'email_opened',
  'email_clicked',
];

/**
 * Lines of Segment calls of an invented bookstore over half a year, in order of time. Some people come first as
 * visitors and are identified later; some messages come twice. The same arguments give the same lines.
 */
export function* eventLines(count: number, people = Math.ceil(count / 10), seed = 1): Generator<string> {
  const random = mulberry32(seed);
  let previous = '';
  for (let index = 0; index < count; index += 1) {
    if (previous !== '' && random() < 0.005) {
      yield previous;
      continue;
    }
    // A few people are very active, most are not.
    const person = Math.floor(people * random() ** 2);
    const timestamp = new Date(startMs + Math.floor((spanMs * index) / count)).toISOString();
    const common = { messageId: `m-${seed}-${index}`, timestamp };
    const luck = random();
    const name = names[Math.floor(random() * names.length)] as string;
    const id = luck < 0.2 ? { anonymousId: `device-${person}` } : { userId: `reader-${person}` };
    const call =
      luck > 0.93
        ? {
            ...common,
            type: 'identify',
            userId: `reader-${person}`,
            anonymousId: `device-${person}`,
            traits: { email: `reader-${person}@reader.example`, marketing_consent: random() < 0.8 },
          }
        : { ...common, type: 'track', event: name, ...id, properties: propertiesOf(name, random) };
    previous = JSON.stringify(call);
    yield previous;
  }
}

function propertiesOf(name: string, random: () => number): Record<string, unknown> {
  if (name.startsWith('email_')) return { campaign: 'abandoned_cart', step: 'offer' };
  if (name === 'page_viewed') return { path: '/books', referrer: 'https://search.example' };
  const number = Math.floor(random() * 500);
  const product = {
    product_id: `book-${number}`,
    name: `Book ${number}`,
    price: 5 + (number % 30),
    currency: 'EUR',
    url: `https://lanternbooks.example/books/${number}`,
  };
  return name === 'purchase' ? { order_id: `o-${Math.floor(random() * 1e9)}`, total: product.price, products: [product] } : product;
}

/** Small seeded generator by Tommy Ettinger; good enough for invented shoppers. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.main) {
  const [count, people] = process.argv.slice(2).map(Number);
  if (count === undefined || !Number.isInteger(count) || count < 1)
    throw new Error('node tools/generate-events.ts COUNT [PEOPLE]: COUNT must be a whole number of events');
  let block: string[] = [];
  for (const line of eventLines(count, people)) {
    block.push(line);
    if (block.length < 1000) continue;
    process.stdout.write(`${block.join('\n')}\n`);
    block = [];
  }
  if (block.length > 0) process.stdout.write(`${block.join('\n')}\n`);
}
