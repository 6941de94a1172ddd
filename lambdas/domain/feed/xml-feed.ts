import { Parser } from 'htmlparser2';
import { FeedError, feedField, type FeedField, type FeedRecord } from './record.ts';

/** Of one attribute. A longer one is wrong anyway. */
const maxFieldLength = 5_000;
/** A tag, a comment or a CDATA section is kept in memory until it ends. */
const maxTokenLength = 1024 * 1024;
const maxDepth = 100;
const googleNamespace = 'http://base.google.com/ns/1.0';
const roots = ['rss', 'feed', 'rdf'];

interface Item {
  line: number;
  /** Of its children. */
  depth: number;
  /** Attributes of Google's namespace; they go before those of RSS and Atom. */
  google: FeedRecord['fields'];
  plain: FeedRecord['fields'];
  problem?: string;
}

/**
 * Reads items of RSS 2.0 or Atom, with Google's attributes in their namespace, piece by piece. The parser knows the five entities of XML and numbers, and never
 * those that a document declares; a document that declares some is refused. What is wrong within an item costs that item only.
 */
export class XmlFeed {
  readonly #parser: Parser;
  readonly #open: string[] = [];
  readonly #googlePrefixes = new Set(['g']);
  #found: FeedRecord[] = [];
  #item: Item | undefined;
  #field: { name: FeedField; of: FeedRecord['fields']; text: string } | undefined;
  #hasRoot = false;
  /** Nothing has been read since the last tag was opened. */
  #isFresh = false;
  #piece = '';
  #pieceStart = 0;
  #lastToken = 0;
  /** Up to where line ends are counted, in this piece. */
  #counted = 0;
  #line = 1;

  constructor() {
    this.#parser = new Parser(
      {
        onopentag: (name, attributes) => this.#opened(name, attributes),
        onclosetag: (name, isImplied) => this.#closed(name, isImplied),
        ontext: (text) => this.#text(text),
        onprocessinginstruction: (name, text) => this.#instruction(name, text),
        oncomment: () => this.#token(),
      },
      { xmlMode: true },
    );
  }

  /**
   * @returns the items that end in this piece of the text
   * @throws FeedError when the file is no feed
   */
  read(text: string): FeedRecord[] {
    this.#line += lineEnds(this.#piece, this.#counted, this.#piece.length);
    this.#counted = 0;
    this.#pieceStart += this.#piece.length;
    this.#piece = text;
    this.#parser.write(text);
    if (this.#pieceStart + text.length - this.#lastToken > maxTokenLength) throw new FeedError(`line ${this.#line}: a tag, comment or CDATA section of over ${maxTokenLength} characters`);
    return this.#found.splice(0);
  }

  /** @throws FeedError when the file ends before its root element does */
  end(): FeedRecord[] {
    if (!this.#hasRoot) throw new FeedError('no element: the file must be RSS 2.0 or Atom, or CSV with a header');
    if (this.#open.length > 0) throw new FeedError(`the file ends within <${this.#open.at(-1)}>, so it is cut off`);
    return this.#found.splice(0);
  }

  #token(): void {
    this.#lastToken = this.#parser.endIndex;
    this.#isFresh = false;
  }

  #opened(name: string, attributes: Record<string, string>): void {
    this.#token();
    if (this.#open.length === maxDepth) throw new FeedError(`line ${this.#lineHere()}: elements are nested deeper than ${maxDepth}`);
    for (const [attribute, value] of Object.entries(attributes)) if (value === googleNamespace && attribute.startsWith('xmlns:')) this.#googlePrefixes.add(attribute.slice('xmlns:'.length));
    const { prefix, local } = split(name);
    if (!this.#hasRoot && !roots.includes(local.toLowerCase())) throw new FeedError(`the root element is <${name}>: a product feed is RSS (<rss>) or Atom (<feed>)`);
    this.#hasRoot = true;
    this.#open.push(name);
    this.#isFresh = true;
    if (prefix === '' && (local === 'item' || local === 'entry')) {
      if (this.#item !== undefined) this.#finish(`<${local}> begins before the item ends`);
      this.#item = { line: this.#lineHere(), depth: this.#open.length + 1, google: {}, plain: {} };
    } else if (this.#item !== undefined) this.#child(this.#item, prefix, local, attributes);
  }

  #child(item: Item, prefix: string, local: string, attributes: Record<string, string>): void {
    if (this.#field !== undefined && this.#open.length > item.depth) item.problem ??= `<${local}> stands within <${this.#field.name}>`;
    if (this.#open.length !== item.depth) return;
    const of = this.#googlePrefixes.has(prefix) ? item.google : prefix === '' ? item.plain : undefined;
    const name = feedField(local);
    if (of === undefined || name === undefined) return;
    this.#field = { name, of, text: '' };
    // Atom says where a link leads in an attribute, and has other links beside the one to the page.
    if (name === 'link' && attributes.href !== undefined && (attributes.rel ?? 'alternate') === 'alternate') this.#field.text = attributes.href;
  }

  #closed(name: string, isImplied: boolean): void {
    const isEmptyElement = isImplied && this.#isFresh;
    this.#token();
    const item = this.#item;
    if (item !== undefined && this.#open.length >= item.depth && isImplied && !isEmptyElement) item.problem ??= `<${name}> is not closed`;
    if (item !== undefined && this.#open.length === item.depth && this.#field !== undefined) {
      const { name: field, of, text } = this.#field;
      if (text.trim() !== '') of[field] ??= text;
      this.#field = undefined;
    }
    this.#open.pop();
    if (item !== undefined && this.#open.length === item.depth - 2) this.#finish();
  }

  #text(text: string): void {
    this.#token();
    const { item, field } = { item: this.#item, field: this.#field };
    if (item === undefined || field === undefined || this.#open.length !== item.depth) return;
    if (field.text.length + text.length > maxFieldLength) item.problem ??= `${field.name} has over ${maxFieldLength} characters`;
    else field.text += text;
  }

  #instruction(name: string, text: string): void {
    this.#token();
    // A document type with declarations of its own can blow up a few bytes to gigabytes, or read files.
    if (/^!(doctype\b[^]*\[|entity\b)/i.test(text) || /^!entity$/i.test(name)) throw new FeedError('the file declares entities (<!DOCTYPE ... [ or <!ENTITY), which no product feed needs; it is refused');
  }

  #finish(problem?: string): void {
    const { line, google, plain, ...item } = this.#item as Item;
    const found = problem ?? item.problem;
    this.#found.push({ line, fields: { ...plain, ...google }, ...(found !== undefined && { problem: found }) });
    this.#item = undefined;
    this.#field = undefined;
  }

  #lineHere(): number {
    const here = Math.max(0, this.#parser.startIndex - this.#pieceStart);
    this.#line += lineEnds(this.#piece, this.#counted, here);
    this.#counted = Math.max(this.#counted, here);
    return this.#line;
  }
}

function split(name: string): { prefix: string; local: string } {
  const at = name.indexOf(':');
  return at < 0 ? { prefix: '', local: name } : { prefix: name.slice(0, at), local: name.slice(at + 1) };
}

function lineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
