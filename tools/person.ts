import { writeFileSync } from 'node:fs';
import { createTombstones } from '../lambdas/adapters/profiles/tombstones.ts';
import { audit } from './person/audit.ts';
import { erasePerson } from './person/erase.ts';
import { exportPerson, type OnProgress, type PersonExport } from './person/export.ts';
import { findPerson } from './person/find.ts';
import { normalAddress } from './person/marks.ts';
import { help, parseOptions, type Options } from './person/options.ts';
import { noNotes, notesBeside } from './person/partial-export.ts';
import { findPersonTarget, type PersonTarget } from './person/target.ts';
import { config } from './shop/own.ts';
import { UsageError } from './simulate/errors.ts';
import { Progress } from './simulate/progress.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else process.exitCode = await main(options);
} catch (error) {
  console.error(`person: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  const target = await findPersonTarget(options.where, config);
  const progress = new Progress(process.stderr, Date.now);
  const onProgress = (step: string, count: number) => progress.show(step, undefined, String(count));
  try {
    return options.command === 'erase' && !options.isDryRun ? await erase(target, options, onProgress) : await look(target, options, onProgress);
  } finally {
    progress.done();
    target.close();
  }
}

async function erase(target: PersonTarget, { subject }: Options, onProgress: OnProgress): Promise<number> {
  const { hash, counts, isResumed } = await erasePerson(target, subject, onProgress);
  console.log(`${isResumed ? 'went on with an erasure that had stopped; ' : ''}erased, under the hash ${hash.slice(0, 16)}:`);
  console.log(countLines(counts));
  console.log('events of the last minutes may still be on their way into the archive: run this again in an hour. The stream forgets them after a day, or after streamRetentionHours of the stage.');
  return 0;
}

/** An export, or what an erasure would remove. */
async function look(target: PersonTarget, { subject, command, out }: Options, onProgress: OnProgress): Promise<number> {
  const found = await findPerson(target.documents, target.profilesTable, subject, (count) => onProgress('searching', count));
  const notes = out === undefined ? noNotes : notesBeside(out, subject);
  const all = await exportPerson(target, found, onProgress, notes);
  const counts = countsOf(all);
  if (command === 'erase') {
    console.log(`would erase:\n${countLines(counts)}`);
    return 0;
  }
  const isKnown = Object.values(counts).some((count) => count > 0);
  const hash = await createTombstones(target.documents, target.profilesTable).hashOf(normalAddress(subject));
  await audit(target, { action: 'export', hash, counts }, new Date());
  const text = `${JSON.stringify({ subject, exportedAt: new Date().toISOString(), ...all }, forJson, 2)}\n`;
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text, { mode: 0o600 });
  notes.done();
  console.error(isKnown ? countLines(counts) : `nothing is known of ${JSON.stringify(subject)}`);
  return isKnown ? 0 : 1;
}

function countsOf({ profiles, sends, control, archive, deadLetters, olderVersions }: PersonExport): Record<string, number> {
  return {
    'profile items': profiles.length,
    emails: sends.length,
    'control items': control.length,
    'archived events': archive.length,
    'dead letters': deadLetters.length,
    'older versions of objects': olderVersions.length,
  };
}

function countLines(counts: Record<string, number>): string {
  const lines = Object.entries(counts).map(([what, count]) => `${String(count).padStart(8)}  ${what}`);
  return lines.join('\n');
}

/** Sets and bytes are no JSON of their own. */
function forJson(_key: string, value: unknown): unknown {
  if (value instanceof Set) return [...(value as Set<unknown>)];
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}
