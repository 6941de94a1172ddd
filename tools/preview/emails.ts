import type { Config } from '../../lambdas/schemas/config.ts';
import type { EmailSource } from '../emails/compiler.ts';
import { EmailProblem } from '../emails/problem.ts';
import { emailSources } from '../emails/sources.ts';
import { followFolder } from './watch.ts';

/** What keeps an email from being shown. */
export interface Problem {
  /** Below emails/; undefined when it lies in no single file. */
  file: string | undefined;
  reason: string;
}

/** All emails as they are now, compiled again at each change. */
export interface EmailCollection {
  /** While there is a problem, the emails as they last compiled; none if they never did. */
  sources(): Readonly<Record<string, EmailSource>>;
  problem(): Problem | undefined;
  /** Another one after each change and in another process. */
  version(): string;
  /** Resolves when the version is another one than that, after the time at the latest, or when the shelf closes. */
  changeSince(version: string, withinMs: number): Promise<void>;
  close(): void;
}

export async function openEmails(directory: string, config: Config): Promise<EmailCollection> {
  let sources: Record<string, EmailSource> = {};
  let problem: Problem | undefined;
  let changes = 0;
  const openedAtMs = Date.now();
  const version = () => `${openedAtMs}-${changes}`;
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((one) => one());

  const stopFollowing = await followFolder(directory, async () => {
    try {
      sources = await emailSources(directory, config);
      problem = undefined;
    } catch (error) {
      problem = problemOf(error);
    }
    changes += 1;
    wake();
  });

  return {
    sources: () => sources,
    problem: () => problem,
    version,
    changeSince: (known, withinMs) =>
      new Promise((resolve) => {
        if (known !== version()) return resolve();
        const done = () => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, withinMs);
        waiting.add(done);
      }),
    close() {
      stopFollowing();
      wake();
    },
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof EmailProblem) return { file: error.file, reason: error.reason };
  return { file: undefined, reason: error instanceof Error ? error.message : String(error) };
}
