import { join, relative } from 'node:path';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { EmailSource } from '../emails/compiler.ts';
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
      problem = problemOf(directory, error);
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

function problemOf(directory: string, error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const name = /^email ([^:]+): /.exec(message)?.[1];
  if (name === undefined) return { file: undefined, reason: message };
  const reason = message
    .slice(`email ${name}: `.length)
    .replace(/^ValidationError:\s*/, '')
    .replaceAll(`${directory}/`, '');
  return { file: fileOf(directory, name, reason, (error as Error).cause), reason };
}

function fileOf(directory: string, name: string, reason: string, cause: unknown): string {
  if (cause instanceof Error && 'path' in cause && typeof cause.path === 'string') return relative(directory, cause.path);
  if (cause instanceof SyntaxError) return join(name, 'sample.json');
  return /(?:Line \d+ of|mj-include at) (\S+\.mjml)/.exec(reason)?.[1] ?? join(name, 'email.mjml');
}
