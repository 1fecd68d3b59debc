import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of an encoder that ships inside the package. */
export function embeddedFolder(name: string): string {
  return fileURLToPath(new URL(`../../encoders/${name}/`, import.meta.url));
}

/** What can be made or fetched again: `given`, else `FRAMENEST_CACHE`, else `framenest` in the user's cache folder. */
export function cacheFolder(given?: string): string {
  const { env } = process;
  return given ?? env['FRAMENEST_CACHE'] ?? join(userCache(env), 'framenest');
}

/** Where downloaded encoders are kept, inside the {@link cacheFolder}. */
export function encodersFolder(given?: string): string {
  return join(cacheFolder(given), 'encoders');
}

/** Whether an error of the file system says that a file or folder does not exist. */
export function isMissing(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('code' in thrown)) return false;
  return thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR';
}

function userCache(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32' && env['LOCALAPPDATA']) return env['LOCALAPPDATA'];
  return env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
}
