import { invalid } from './errors.ts';

/** `a.#b[2]`: names as they stand, `#` ones still to be looked up. */
export type Path = (string | number)[];
export type Operand = { path: Path } | { value: string } | { call: 'size' | 'if_not_exists' | 'list_append'; args: Operand[] };
export type Condition =
  | { op: 'and' | 'or'; terms: Condition[] }
  | { op: 'not'; term: Condition }
  | { op: '=' | '<>' | '<' | '<=' | '>' | '>='; left: Operand; right: Operand }
  | { op: 'between'; of: Operand; from: Operand; to: Operand }
  | { op: 'in'; of: Operand; list: Operand[] }
  | { op: 'attribute_exists' | 'attribute_not_exists'; path: Path }
  | { op: 'attribute_type' | 'begins_with' | 'contains'; of: Operand; value: Operand };
export type Sum = { first: Operand; sign?: '+' | '-'; second?: Operand };
export interface Update {
  set: { path: Path; to: Sum }[];
  remove: Path[];
  add: { path: Path; value: Operand }[];
  delete: { path: Path; value: Operand }[];
}

const tokens = /\s*(<>|<=|>=|[=<>(),.[\]+-]|:[A-Za-z0-9_]+|#[A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*|\d+)/y;

/** Reads the expressions of DynamoDB by recursive descent. */
class Reader {
  private readonly list: string[] = [];
  private place = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    tokens.lastIndex = 0;
    while (tokens.lastIndex < text.length) {
      const from = tokens.lastIndex;
      const found = tokens.exec(text);
      if (found === null) {
        if (text.slice(from).trim() === '') break;
        throw this.problem(text.slice(from));
      }
      this.list.push(found[1] as string);
    }
  }

  condition(): Condition {
    const terms = [this.conjunction()];
    while (this.takes('or')) terms.push(this.conjunction());
    return terms.length === 1 ? (terms[0] as Condition) : { op: 'or', terms };
  }

  private conjunction(): Condition {
    const terms = [this.negation()];
    while (this.takes('and')) terms.push(this.negation());
    return terms.length === 1 ? (terms[0] as Condition) : { op: 'and', terms };
  }

  private negation(): Condition {
    if (this.takes('not')) return { op: 'not', term: this.negation() };
    if (this.takes('(')) {
      const inner = this.condition();
      this.expect(')');
      return inner;
    }
    return this.test();
  }

  private test(): Condition {
    const name = this.peek()?.toLowerCase();
    if ((name === 'attribute_exists' || name === 'attribute_not_exists') && this.list[this.place + 1] === '(') {
      this.place += 2;
      const path = this.path();
      this.expect(')');
      return { op: name, path };
    }
    if ((name === 'attribute_type' || name === 'begins_with' || name === 'contains') && this.list[this.place + 1] === '(') {
      this.place += 2;
      const of = this.operand();
      this.expect(',');
      const value = this.operand();
      this.expect(')');
      return { op: name, of, value };
    }
    return this.comparison(this.operand());
  }

  private comparison(left: Operand): Condition {
    if (this.takes('between')) {
      const from = this.operand();
      this.expect('and');
      return { op: 'between', of: left, from, to: this.operand() };
    }
    if (this.takes('in')) {
      this.expect('(');
      const list = [this.operand()];
      while (this.takes(',')) list.push(this.operand());
      this.expect(')');
      return { op: 'in', of: left, list };
    }
    const op = this.next();
    if (op === '=' || op === '<>' || op === '<' || op === '<=' || op === '>' || op === '>=') return { op, left, right: this.operand() };
    throw this.problem(op);
  }

  private operand(): Operand {
    const token = this.peek() ?? '';
    if (token.startsWith(':')) return { value: this.next() };
    const name = token.toLowerCase();
    if ((name === 'size' || name === 'if_not_exists' || name === 'list_append') && this.list[this.place + 1] === '(') {
      this.place += 2;
      const args = [this.operand()];
      while (this.takes(',')) args.push(this.operand());
      this.expect(')');
      return { call: name, args };
    }
    return { path: this.path() };
  }

  path(): Path {
    const path: Path = [this.name()];
    for (;;) {
      if (this.takes('.')) path.push(this.name());
      else if (this.takes('[')) {
        path.push(Number(this.next()));
        this.expect(']');
      } else return path;
    }
  }

  private name(): string {
    const token = this.next();
    if (!/^[#A-Za-z_]/.test(token)) throw this.problem(token);
    return token;
  }

  update(): Update {
    const update: Update = { set: [], remove: [], add: [], delete: [] };
    while (this.peek() !== undefined) {
      const clause = this.next().toLowerCase();
      const each = (read: () => void) => {
        do read();
        while (this.takes(','));
      };
      if (clause === 'set') each(() => update.set.push(this.assignment()));
      else if (clause === 'remove') each(() => update.remove.push(this.path()));
      else if (clause === 'add' || clause === 'delete') each(() => update[clause].push({ path: this.path(), value: this.operand() }));
      else throw this.problem(clause);
    }
    return update;
  }

  private assignment(): Update['set'][number] {
    const path = this.path();
    this.expect('=');
    const first = this.operand();
    const sign = this.takes('+') ? '+' : this.takes('-') ? '-' : undefined;
    return { path, to: sign === undefined ? { first } : { first, sign, second: this.operand() } };
  }

  paths(): Path[] {
    const paths = [this.path()];
    while (this.takes(',')) paths.push(this.path());
    return paths;
  }

  end<T>(result: T): T {
    if (this.peek() !== undefined) throw this.problem(this.peek());
    return result;
  }

  private peek(): string | undefined {
    return this.list[this.place];
  }

  private next(): string {
    const token = this.list[this.place];
    if (token === undefined) throw this.problem('<EOF>');
    this.place += 1;
    return token;
  }

  private takes(wanted: string): boolean {
    if (this.peek()?.toLowerCase() !== wanted) return false;
    this.place += 1;
    return true;
  }

  private expect(wanted: string): void {
    if (!this.takes(wanted)) throw this.problem(this.peek());
  }

  private problem(token: string | undefined): Error {
    return invalid(`Invalid expression: Syntax error; token: ${JSON.stringify(token ?? '<EOF>')}, in: ${this.text}`);
  }
}

/** The same few expressions come again and again. */
function remembered<T>(read: (reader: Reader) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let parsed = known.get(text);
    if (parsed === undefined) {
      const reader = new Reader(text);
      parsed = reader.end(read(reader));
      known.set(text, parsed);
    }
    return parsed;
  };
}

export const parseCondition = remembered((reader) => reader.condition());
export const parseUpdate = remembered((reader) => reader.update());
export const parseProjection = remembered((reader) => reader.paths());
