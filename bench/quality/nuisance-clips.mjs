import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpeg } from '../clips.mjs';
import { randomNumbers } from './random.mjs';

/** Entries of a table of normal numbers: a frame draws from it at random, which is some 20 times as fast. */
const TABLE = 1 << 16;

/** Pictures a second that a camera makes before we take some of them; what its codec sees. */
const CAMERA_FPS = 25;

/**
 * One picture as it goes through `frames` moments in which nothing happens but a nuisance.
 * @typedef {(picture: Uint8Array, side: number, frames: number, seed: number) => Uint8Array<ArrayBuffer>[]} Nuisance
 */

/**
 * Sensor noise: normal, white, each colour on its own.
 * @param {number} sigma grey levels
 * @returns {Nuisance}
 */
export function sensorNoise(sigma) {
  return (picture, _side, frames, seed) => {
    const next = randomNumbers(seed);
    const table = Int16Array.from({ length: TABLE }, () => Math.round(sigma * normal(next)));
    return times(frames, () => noisy(picture, table, Math.floor(next() * 2 ** 31)));
  };
}

/**
 * Flicker: the whole picture brighter and darker by up to a share, at random from frame to frame, over slight noise.
 * @param {number} share 0.03 is ±3 %
 * @returns {Nuisance}
 */
export function flicker(share) {
  return (picture, side, frames, seed) => {
    const next = randomNumbers(seed + 1);
    return sensorNoise(1)(picture, side, frames, seed).map((frame) => relit(frame, 1 + share * (2 * next() - 1)));
  };
}

/**
 * Light drift: brighter by a share in the course of the clip, as towards noon, over slight noise.
 * @param {number} share
 * @returns {Nuisance}
 */
export function lightDrift(share) {
  return (picture, side, frames, seed) =>
    sensorNoise(1)(picture, side, frames, seed).map((frame, t) => relit(frame, 1 + (share * t) / frames));
}

/**
 * A camera that shakes: each frame is shifted by −1, 0 or 1 px in x and in y; the border is repeated.
 * @param {number} reach pixels
 * @returns {Nuisance}
 */
export function jitter(reach) {
  return (picture, side, frames, seed) => {
    const next = randomNumbers(seed);
    const step = () => Math.floor(next() * (2 * reach + 1)) - reach;
    return times(frames, () => shifted(picture, side, step(), step()));
  };
}

/**
 * A camera with slight noise whose H.264 stream is poor: key frames and quantisation come and go over a still scene.
 * @param {number} crf of x264
 * @param {number} fps at which frames are taken
 * @returns {Nuisance} needs an ffmpeg with libx264, see `hasFfmpeg`
 */
export function recompressed(crf, fps) {
  return (picture, side, frames, seed) => {
    const folder = mkdtempSync(join(tmpdir(), 'framenest-nuisance-'));
    try {
      const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${side}x${side}`];
      const path = (name) => join(folder, name);
      writeFileSync(path('still.rgb'), picture);
      const noise = `loop=loop=-1:size=1,noise=alls=6:allf=t:all_seed=${seed},format=yuv420p`;
      const length = ['-t', String(frames / fps)];
      const x264 = ['-c:v', 'libx264', '-crf', String(crf), '-g', '50'];
      run([
        ...raw,
        '-framerate',
        String(CAMERA_FPS),
        '-i',
        path('still.rgb'),
        '-vf',
        noise,
        ...length,
        ...x264,
        path('a.mkv'),
      ]);
      run(['-i', path('a.mkv'), '-vf', `fps=${fps}`, '-f', 'rawvideo', '-pix_fmt', 'rgb24', path('out.rgb')]);
      const bytes = readFileSync(path('out.rgb'));
      return times(Math.floor(bytes.length / picture.length), (t) =>
        Uint8Array.from(bytes.subarray(t * picture.length, (t + 1) * picture.length)),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

function run(args) {
  const { status, stderr } = spawnSync(ffmpeg, ['-y', '-loglevel', 'error', '-threads', '1', ...args]);
  if (status !== 0) throw new Error(`ffmpeg could not recompress a clip: ${stderr}`);
}

/** Box and Muller 1958. */
function normal(next) {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** A linear congruential generator walks the table (constants of Numerical Recipes); its high bits are good enough. */
function noisy(picture, table, seed) {
  const out = new Uint8Array(picture.length);
  let state = seed;
  for (let i = 0; i < out.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = Math.max(0, Math.min(255, picture[i] + table[state >>> 16]));
  }
  return out;
}

function relit(picture, gain) {
  return Uint8Array.from(picture, (value) => Math.min(255, Math.round(value * gain)));
}

function shifted(picture, side, dx, dy) {
  const inside = (i) => Math.max(0, Math.min(side - 1, i));
  const out = new Uint8Array(picture.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = (inside(y - dy) * side + inside(x - dx)) * 3;
      for (let c = 0; c < 3; c++) out[(y * side + x) * 3 + c] = picture[from + c];
    }
  }
  return out;
}

function times(length, make) {
  return Array.from({ length }, (_, i) => make(i));
}
