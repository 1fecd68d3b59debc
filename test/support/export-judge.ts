import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { jsonLines } from './json-lines.ts';

/** Debian's, which has PyTorch. */
export const python = '/usr/bin/python3';

/** The script that is judged. */
export const exportScript = fileURLToPath(new URL('../../scripts/export_m3.py', import.meta.url));

const judge = fileURLToPath(new URL('check_export.py', import.meta.url));

/** Leaves no compiled files in the project; two threads, since other tests run beside. */
export const pythonEnv = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '2' };

/** A command of check_export.py, which describes them: its name and its arguments. */
export type JudgeCommand = readonly string[];

/** How a command ended, and what it printed. */
export interface JudgeEnding {
  readonly status: number | null;
  readonly words: string;
}

/** Lets the judge carry out all of these, in their order, in one process. */
export function ask(commands: readonly JudgeCommand[]): JudgeEnding[] {
  const input = commands.map((command) => JSON.stringify(command)).join('\n');
  const { status, stdout, stderr } = spawnSync(python, [judge], { encoding: 'utf8', env: pythonEnv, input });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return jsonLines(stdout) as JudgeEnding[];
}

/** As `ask`; all of it must succeed. */
export function make(...commands: JudgeCommand[]): void {
  for (const { status, words } of ask(commands)) expect({ status, words }).toMatchObject({ status: 0 });
}
