import { spawnSync } from 'node:child_process';

/**
 * Whether tests that need an external program can run: `describe.skipIf(!toolOrSkip('ffmpeg'))`. Where the program is
 * missing they are skipped, unless FRAMENEST_TEST_ALL=1 says that this machine must have everything: then this throws.
 * `args` make the program exit with 0 at once.
 */
export function toolOrSkip(name: string, args: readonly string[] = ['-version']): boolean {
  const present = spawnSync(name, args, { stdio: 'ignore' }).status === 0;
  if (!present && process.env['FRAMENEST_TEST_ALL'] === '1') {
    throw new Error(`FRAMENEST_TEST_ALL=1 asks for every test, but the program "${name}" does not run here.`);
  }
  return present;
}
