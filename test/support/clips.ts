import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClipWriter } from '#dist/decode/libav-writer.js';
import type { ClipFormat } from '#dist/decode/libav-writer.js';
import { barcode, paint, quadrants } from './pictures.ts';
import type { Rgb } from './pictures.ts';

/** A clip to make: its format, the pts of its pictures, and what they show. */
interface Recipe extends Partial<ClipFormat> {
  readonly pts: readonly number[];
  readonly show?: (index: number) => (x: number, y: number) => Rgb;
}

const every = (count: number, step: number, start = 0): number[] =>
  Array.from({ length: count }, (_, i) => start + i * step);
const ms = { num: 1, den: 1000 };
const mkv = { container: 'matroska', timebase: ms };
const still = { pts: every(3, 1), show: () => quadrants };

const recipes = {
  // 25 fps, B-frames, a keyframe every 10 pictures.
  constant: { pts: every(60, 1) },
  variable: { ...mkv, pts: [0, 40, 47, 133, 134, 300, 301, 450, 612, 613, 700, 999, 1500, 1501] },
  gap: { ...mkv, pts: [...every(10, 40), ...every(10, 40, 3400)] },
  lateStart: { ...mkv, pts: every(20, 40, 5000) },
  lateStartMp4: { pts: every(20, 1, 50) },
  // 30 fps as Matroska rounds it: 0, 33, 67, 100 ms.
  rounded30: { ...mkv, pts: every(60, 1).map((n) => Math.round((n * 1000) / 30)) },
  transport: { container: 'mpegts', timebase: { num: 1, den: 90000 }, pts: every(30, 3600, 90000) },
  odd: { ...mkv, width: 321, height: 241, codecs: ['mpeg4'], options: { b: '2000000' }, pts: every(20, 40) },
  tenBit: { pixelFormat: 'yuv420p10le', pts: every(20, 1) },
  upright: { ...still, rotation: 0 },
  turned90: { ...still, rotation: 90 },
  turned180: { ...still, rotation: 180 },
  turned270: { ...still, rotation: 270 },
  wide: { ...still, width: 480 },
  // 160 × 240 pixels, each twice as wide as high: shown as 4 : 3.
  anamorphic: { ...still, width: 160, pixelAspect: { num: 2, den: 1 } },
  long: { pts: every(250, 1), show: (i: number) => barcode(i % 256) },
} satisfies Record<string, Recipe>;

/** The clips that {@link clip} makes. */
export type ClipName = keyof typeof recipes;

const folder = mkdtempSync(join(tmpdir(), 'framenest-clips-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const made = new Map<string, Promise<string>>();

function once(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const path = join(folder, name);
  const known = made.get(name) ?? make(path).then(() => path);
  made.set(name, known);
  return known;
}

async function write(path: string, recipe: Recipe): Promise<void> {
  const { pts, show = barcode, ...own } = recipe;
  const format: ClipFormat = {
    width: 320,
    height: 240,
    timebase: { num: 1, den: 25 },
    container: 'mp4',
    codecs: ['libx264'],
    options: { crf: '18', preset: 'ultrafast', bf: '2', g: '10', sc_threshold: '0' },
    ...own,
  };
  const writer = await openClipWriter(path, format);
  for (const [index, at] of pts.entries()) {
    await writer.write(paint(format.width, format.height, show(index)), BigInt(at));
  }
  await writer.finish();
}

/** The path of a clip; it is made with libav the first time a test file asks for it. */
export function clip(name: ClipName): Promise<string> {
  return once(name, (path) => write(path, recipes[name]));
}

/** The pts that a clip was written with, in seconds. */
export function writtenSeconds(name: ClipName): number[] {
  const recipe: Recipe = recipes[name];
  const { num, den } = recipe.timebase ?? { num: 1, den: 25 };
  return recipe.pts.map((n) => (n * num) / den);
}

/** The first `share` of a clip's bytes. */
export function cutClip(name: ClipName, share: number): Promise<string> {
  return once(`${name}-cut-${share}`, async (path) => {
    const whole = await readFile(await clip(name));
    await writeFile(path, whole.subarray(0, Math.floor(whole.length * share)));
  });
}

/** A file of these bytes. */
export function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  return once(name, (path) => writeFile(path, content));
}

/** A second of silence: a media file without a picture. */
export function silence(): Uint8Array {
  const samples = 8000;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  [16, 0x10001, samples, samples * 2, 0x100002].forEach((word, i) => wav.writeUInt32LE(word, 16 + i * 4));
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples * 2, 40);
  return wav;
}
