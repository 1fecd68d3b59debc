import { spawnSync } from 'node:child_process';
import { toolOrSkip } from './require-tool.ts';

/** Whether {@link processes} can tell. */
export const hasPs = toolOrSkip('ps', ['-A']);

/** One process of this machine as `ps` shows it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  /** `Z…` is a zombie. */
  readonly state: string;
  readonly commandLine: string;
}

/** All processes of this machine; none where there is no `ps`. */
export function processes(): ListedProcess[] {
  if (!hasPs) return [];
  const listing = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' });
  return listing.stdout
    .split('\n')
    .flatMap((line) => {
      const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line);
      const [, pid, parent, state = '', commandLine = ''] = match ?? [];
      return match ? [{ pid: Number(pid), parent: Number(parent), state, commandLine }] : [];
    })
    .filter(({ pid }) => pid !== listing.pid);
}

/** The command lines of this process's children, zombies included. */
export function children(): string[] {
  return processes()
    .filter(({ parent }) => parent === process.pid)
    .map(({ state, commandLine }) => `${state} ${commandLine}`);
}

/** Whether a process with this number exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
