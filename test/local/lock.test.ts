import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../local/lock.ts';

let folder: string;
const file = () => join(folder, 'lock.json');
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('a data folder', () => {
  it('has one user at a time', () => {
    const release = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(`${folder} is in use by process ${process.pid}`);
    release();
    expect(existsSync(file())).toBe(false);
    lockFolder(folder)();
  });

  it('is free again after its process was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(file(), JSON.stringify({ pid: child.pid }));
    expect(() => lockFolder(folder)).toThrow('is in use');
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockFolder(folder)();
  });

  it('is free again when another process has the number of the one that was killed', () => {
    writeFileSync(file(), JSON.stringify({ pid: process.ppid }));
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(file(), longAgo, longAgo);
    lockFolder(folder)();
  });
});
