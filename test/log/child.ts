import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { jsonLines } from '../support/json-lines.ts';

/** A line of `log-child.mjs`. */
export interface ChildLine {
  readonly opened?: string;
  readonly next?: number;
  readonly name?: string;
  readonly sequence?: number;
  readonly held?: boolean;
  readonly trouble?: string;
  readonly failing?: boolean;
  readonly error?: string;
  readonly what?: string;
}

/** A process that appends to the log of a folder. */
export interface LogChild {
  readonly pid: number;
  /** What it has said so far. */
  readonly lines: () => ChildLine[];
  readonly signal: () => NodeJS.Signals | null;
  readonly kill: () => Promise<void>;
  readonly ended: Promise<void>;
}

/**
 * @param size - bytes of the largest packet
 * @param most - packets of each of its three streams
 * @param shell - what goes before it in a shell
 */
export function runChild(dir: string, size = '5000', most = 'Infinity', shell = ''): LogChild {
  const program = fileURLToPath(new URL('./log-child.mjs', import.meta.url));
  const script = `${shell}\nexec "$0" "$@"`;
  const child = spawn('sh', ['-c', script, process.execPath, program, dir, size, most], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const lines = (): ChildLine[] => jsonLines(said) as ChildLine[];
  return { pid: child.pid!, lines, signal: () => child.signalCode, kill, ended };
}
