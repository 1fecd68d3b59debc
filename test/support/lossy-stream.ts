import { readFile } from 'node:fs/promises';
import { openClipWriter } from '#dist/decode/libav-writer.js';
import { clip, fileOf } from './clips.ts';
import { paint } from './pictures.ts';
import type { Rgb } from './pictures.ts';
import { Random } from './random.ts';

const packetBytes = 188;

/** A still texture, most of whose bytes are in the key frames, under a wave that passes: what was not updated shows. */
function moving(index: number): (x: number, y: number) => Rgb {
  const wave = (at: number): number => 128 + 100 * Math.sin(at);
  return (x, y) => [wave(900 * x * y), wave(300 * (x - y * y)), wave(9 * y + index / 4)];
}

/** What a broadcast can be coded in: FFmpeg's encoders and their options for a key frame every 15 pictures. */
const codings = {
  h264: ['libx264', { crf: '20', preset: 'veryfast', bf: '2', g: '15', sc_threshold: '0' }],
  hevc: [
    'libx265',
    { preset: 'ultrafast', 'x265-params': 'keyint=15:min-keyint=15:scenecut=0:bframes=2:log-level=none' },
  ],
} as const;

/** The codecs of a broadcast. */
export type BroadcastCodec = keyof typeof codings;

const made = new Map<BroadcastCodec, Promise<Buffer>>();

function whole(codec: BroadcastCodec): Promise<Buffer> {
  const known = made.get(codec) ?? make(codec);
  made.set(codec, known);
  return known;
}

async function make(codec: BroadcastCodec): Promise<Buffer> {
  const [encoder, options] = codings[codec];
  const path = `${await clip('upright')}.${codec}.ts`;
  const writer = await openClipWriter(path, {
    width: 320,
    height: 240,
    timebase: { num: 1, den: 25 },
    container: 'mpegts',
    codecs: [encoder],
    options,
  });
  for (let i = 0; i < 150; i++) await writer.write(paint(320, 240, moving(i)), BigInt(i));
  await writer.finish();
  return readFile(path);
}

function packets(stream: Buffer): Buffer[] {
  return Array.from({ length: stream.length / packetBytes }, (_, i) =>
    stream.subarray(i * packetBytes, (i + 1) * packetBytes),
  );
}

/** A broadcast as MPEG-TS: 6 s at 25 pictures a second, a key frame every 15, B-frames between. */
export async function broadcast(codec: BroadcastCodec = 'h264'): Promise<string> {
  return fileOf(`broadcast-${codec}.ts`, await whole(codec));
}

/** The same without some packets out of its middle, as the network lost them. @param seed - another loss for each */
export async function lossyBroadcast(seed: number, codec: BroadcastCodec = 'h264'): Promise<string> {
  const random = new Random(seed);
  const all = packets(await whole(codec));
  const lost = new Set(Array.from({ length: 4 }, () => Math.floor(all.length * (0.1 + 0.8 * random.next()))));
  return fileOf(`lossy-${seed}-${codec}.ts`, Buffer.concat(all.filter((_, i) => !lost.has(i))));
}

/** The same from somewhere in the middle on. */
export async function tunedIn(codec: BroadcastCodec = 'h264'): Promise<string> {
  const all = packets(await whole(codec));
  return fileOf(`tuned-in-${codec}.ts`, Buffer.concat(all.slice(Math.floor(all.length * 0.37))));
}
