/** Ties virtual to real time: `scale` virtual milliseconds pass per real one from `realMs`, when it was `virtualMs`, to `untilRealMs`; then time stands still. */
export interface TimeOrigin {
  virtualMs: number;
  realMs: number;
  scale: number;
  untilRealMs: number;
}

export const virtualAt = ({ virtualMs, realMs, scale, untilRealMs }: TimeOrigin, atRealMs: number): number =>
  Math.floor(virtualMs + Math.max(0, Math.min(atRealMs, untilRealMs) - realMs) * scale);

/** Bytes of memory that threads share: a version, which is odd while somebody writes, and the numbers of an origin. */
const numbersAt = 8;
const byteLength = numbersAt + 4 * Float64Array.BYTES_PER_ELEMENT;

/** Virtual time of all threads of this process. One thread writes it, all read it. */
export class SharedTime {
  readonly memory: SharedArrayBuffer;
  private readonly version: Int32Array;
  private readonly numbers: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(byteLength)) {
    this.memory = memory;
    this.version = new Int32Array(memory, 0, 1);
    this.numbers = new Float64Array(memory, numbersAt, 4);
  }

  write({ virtualMs, realMs, scale, untilRealMs }: TimeOrigin): void {
    Atomics.add(this.version, 0, 1);
    this.numbers.set([virtualMs, realMs, scale, untilRealMs]);
    Atomics.add(this.version, 0, 1);
  }

  /** All four numbers of one write, whatever the other thread does meanwhile. */
  read(): TimeOrigin {
    for (;;) {
      const before = Atomics.load(this.version, 0);
      const [virtualMs = 0, realMs = 0, scale = 1, untilRealMs = 0] = this.numbers;
      if (before % 2 === 0 && Atomics.load(this.version, 0) === before) return { virtualMs, realMs, scale, untilRealMs };
    }
  }

  at(realMs: number): number {
    return virtualAt(this.read(), realMs);
  }
}
