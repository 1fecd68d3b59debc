import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FramenestError } from '../errors.ts';
import { cacheFolder } from '../encode/encoder-folders.ts';

/** Changes with the clip's content, so that an old one is not taken for it. */
const NAME = 'sample-clip-1.mp4';

/**
 * Path of the sample clip in the cache folder; paints and encodes it on first use, which takes some seconds.
 * @param onMake - called before it is made
 * @throws FramenestError OUTPUT_FAILED
 */
export async function sampleClip(onMake: () => void = () => undefined): Promise<string> {
  const folder = cacheFolder();
  const path = join(folder, NAME);
  if (existsSync(path)) return path;
  onMake();
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new FramenestError('OUTPUT_FAILED', {
      what: `Cannot make the folder ${folder} for the sample clip.`,
      mend: 'Set FRAMENEST_CACHE to a folder that this user may write to, or give a video of your own.',
      cause,
    });
  });
  // Loads libav with its 170 MB: only where a clip is made.
  const { makeSampleClip } = await import('../decode/sample-clip.ts');
  await makeSampleClip(path);
  return path;
}
