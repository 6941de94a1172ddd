/** Numbers texts in the order in which they come. */
export class Numbers {
  readonly all: string[] = [];
  readonly #known = new Map<string, number>();

  of(text: string): number {
    let number = this.#known.get(text);
    if (number === undefined) {
      number = this.all.push(text) - 1;
      this.#known.set(text, number);
    }
    return number;
  }
}
