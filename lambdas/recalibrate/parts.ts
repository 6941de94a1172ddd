import type { CalibrationStore } from '../adapters/calibration-store.ts';
import type { Cursor, Fields, ProfilePages } from '../adapters/profiles/pages.ts';
import type { CalibrationRun, Part, Phase } from '../domain/calibration/run.ts';
import type { Profile } from '../domain/profile/profile.ts';

/** A sum over all people, made in one phase. */
export interface Summing<Sums> {
  phase: Phase;
  fields: Fields;
  none(): Sums;
  add(sums: Sums, profile: Profile): void;
  merge(into: Sums, other: Sums): void;
  pack(sums: Sums): unknown;
  unpack(packed: unknown): Sums;
}

export interface PartsDeps {
  store: Pick<CalibrationStore, 'parts' | 'savePart'>;
  pages: ProfilePages;
  /** Has the invocation used up its time? The next one continues. */
  isTimeUp(): boolean;
}

/** Parts that are read at the same time. */
const sideBySide = 4;
/** Pages between two saves of a part: a crash loses little, and saving costs little. */
const pagesPerSave = 25;

/**
 * Sums up over all parts of the profile table, continuing where the last invocation stopped.
 * @returns the sums over everybody, or undefined when time was up before the end
 */
export async function sumUp<Sums>(deps: PartsDeps, run: CalibrationRun, summing: Summing<Sums>): Promise<Sums | undefined> {
  const parts = await readParts(deps, run, summing);
  if (parts === undefined) return undefined;
  const total = summing.none();
  for (const { sums } of parts) summing.merge(total, summing.unpack(sums));
  return total;
}

/** The same, but with one sum for each part. */
export async function readParts<Sums>(deps: PartsDeps, run: CalibrationRun, summing: Omit<Summing<Sums>, 'merge'>): Promise<Part[] | undefined> {
  const saved = new Map((await deps.store.parts(run, summing.phase)).map((part) => [part.part, part]));
  const open = Array.from({ length: run.parts }, (_, part): Part => saved.get(part) ?? { part, saves: 0, isDone: false }).filter(({ isDone }) => !isDone);
  const work = async () => {
    for (let part = open.shift(); part !== undefined; part = open.shift()) {
      await readPart(deps, run, summing, part);
      if (deps.isTimeUp()) return;
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  return allParts(deps.store, run, summing.phase);
}

/** @returns undefined while some are not done */
export async function allParts(store: Pick<CalibrationStore, 'parts'>, run: CalibrationRun, phase: Phase): Promise<Part[] | undefined> {
  const done = (await store.parts(run, phase)).filter(({ isDone }) => isDone);
  return done.length < run.parts ? undefined : done;
}

async function readPart<Sums>({ store, pages, isTimeUp }: PartsDeps, run: CalibrationRun, summing: Omit<Summing<Sums>, 'merge'>, start: Part): Promise<void> {
  const sums = start.sums === undefined ? summing.none() : summing.unpack(start.sums);
  let { cursor, saves } = start;
  for (let read = 1; ; read += 1) {
    const page = await pages.read({ part: start.part, of: run.parts }, cursor, summing.fields);
    for (const profile of page.profiles) summing.add(sums, profile);
    cursor = page.next as Cursor | undefined;
    const isDone = cursor === undefined;
    if (!isDone && read % pagesPerSave !== 0 && !isTimeUp()) continue;
    saves += 1;
    const isMine = await store.savePart(run, summing.phase, { part: start.part, saves, isDone, ...(cursor && { cursor }), sums: summing.pack(sums) });
    // Another invocation works on this part; the state that it saved is used.
    if (!isMine || isDone || isTimeUp()) return;
  }
}
