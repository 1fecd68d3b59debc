// What the scripts share: where they are, and how a step is named, timed and stopped.
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Starts a watch; the function it returns gives the time since then as words: "1.2 s". */
export function startWatch() {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/** Runs `work` and prints one line with its name and time. `work` itself prints nothing unless it fails. */
export function timed(name, work) {
  const elapsed = startWatch();
  process.stdout.write(`${name} …`);
  try {
    work();
  } catch (error) {
    process.stdout.write(' failed\n');
    throw error;
  }
  process.stdout.write(` ${elapsed()}\n`);
}

/** Whether Node was started with this module. */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}

/** Turns a failure of `work` into one line on stderr and the exit code 1, or the failure's own `exitCode`. */
export async function reportFailure(work) {
  try {
    await work();
  } catch (error) {
    console.error(error.message);
    process.exitCode = error.exitCode ?? 1;
  }
}

/**
 * Runs Node with this process's own input and output.
 * @returns {Promise<number>} the exit code; 128 where a signal ended it
 */
export function runInForeground(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; this process stays until the child has finished in its own way.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 128));
  });
}
