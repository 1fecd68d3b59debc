import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyCard, tinyOnnx } from './tiny-onnx.ts';

const model = { side: 96, patch: 4, channels: 48 } as const;
let made: Promise<string> | undefined;

/**
 * The folder of an encoder for `--encoder` that costs next to nothing: a 24×24 grid of 48 channels. Made once a test
 * file.
 */
export function quickEncoder(): Promise<string> {
  made ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'framenest-encoder-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'tiny.onnx'), tinyOnnx(model));
    await writeFile(join(folder, 'framenest.json'), JSON.stringify(tinyCard(model)));
    return folder;
  })();
  return made;
}
