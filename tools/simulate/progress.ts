const barWidth = 30;

/** Shows how far a long job is: a bar on a terminal, else a line every few seconds. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  #shownAtMs: number;

  constructor(stream: NodeJS.WriteStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
    this.#shownAtMs = now();
  }

  /** @param share in [0, 1], or undefined when the end is unknown */
  show(label: string, share: number | undefined, detail = ''): void {
    const nowMs = this.#now();
    if (nowMs - this.#shownAtMs < (this.#stream.isTTY ? 100 : 5000)) return;
    this.#shownAtMs = nowMs;
    const percent = share === undefined ? '' : `${Math.floor(share * 100)} %`;
    if (!this.#stream.isTTY) this.#stream.write(`${label} ${percent} ${detail}\n`.replace(/ +/g, ' '));
    else this.#stream.write(`\r\u001b[K${label.padEnd(8)} ${share === undefined ? '' : bar(share)} ${percent.padStart(5)} ${detail}`);
  }

  /** Wipes the bar. */
  done(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }
}

const bar = (share: number): string => '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '.');
