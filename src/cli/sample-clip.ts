import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSampleClip } from '../decode/sample-clip.ts';
import { cacheFolder } from '../encode/encoder-folders.ts';

/** Changes with the clip's content, so that an old one is not taken for it. */
const NAME = 'sample-clip-1.mp4';

/** Path of the sample clip in the cache folder; paints and encodes it on first use. */
export async function sampleClip(): Promise<string> {
  const folder = cacheFolder();
  const path = join(folder, NAME);
  if (existsSync(path)) return path;
  process.stderr.write('making the sample clip (first use) … ');
  await mkdir(folder, { recursive: true });
  await makeSampleClip(path);
  process.stderr.write('done\n');
  return path;
}
