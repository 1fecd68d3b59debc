import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { until } from './sleep.ts';

/** The project's folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The compiled command. */
export const main = join(root, 'dist/cli/main.js');

/** An empty cache of this test file's own: nothing depends on what an earlier run left. */
export const cache = mkdtempSync(join(tmpdir(), 'framenest-cache-'));
process.once('exit', () => rmSync(cache, { recursive: true, force: true }));

/** How a process ended, and what it said. */
export interface Ended {
  readonly status: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running process; killed when its test ends. */
export class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  #ended: Ended | undefined;

  constructor(program: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    // As in a pipe of a CI machine: neither a terminal nor somebody who asks for colours.
    const plain = { NO_COLOR: undefined, FORCE_COLOR: undefined, CI: '1', FRAMENEST_CACHE: cache };
    const env = { ...process.env, ...plain, ...options.env };
    this.child = spawn(program, args, { cwd: options.cwd ?? root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.child.once('close', (status, killedBy) => {
      this.#ended = { status, killedBy, stdout: this.stdout, stderr: this.stderr };
    });
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  get isRunning(): boolean {
    return this.#ended === undefined;
  }

  /** How it ended; waits for that. */
  async ended(): Promise<Ended> {
    await new Promise<void>((resolve) => {
      if (this.#ended) resolve();
      else this.child.once('close', () => resolve());
    });
    return this.#ended!;
  }

  /** Waits until standard output matches; fails where the process ends before. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    await until(() => pattern.test(this.stdout) || !this.isRunning);
    const found = pattern.exec(this.stdout);
    if (!found) throw new Error(`It ended without printing ${String(pattern)}:\n${this.stdout}${this.stderr}`);
    return found;
  }
}

/** Starts `framenest` with these arguments; a server in a folder of its own, where it keeps its packets. */
export function start(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Running {
  const cwd = options.cwd ?? (args[0] === 'serve' ? ownFolder() : root);
  return new Running(process.execPath, [main, ...args], { ...options, cwd });
}

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'framenest-serve-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Runs `framenest` with these arguments to its end. */
export function framenest(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return start(args, options).ended();
}

/** The last line of a text as JSON. */
export function lastJson(text: string): Record<string, unknown> {
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

/** What no text for a pipe may hold. */
export const escapeCode = new RegExp(String.fromCharCode(27));
