import { decodeTarget, openSource, seconds } from 'framenest';
import sharp from 'sharp';

/**
 * The decoded pictures of a clip, at an encoder's input size.
 * @param {string} path
 * @param {import('framenest').EncoderFacts} facts
 * @param {{ fps: number, most: number }} sampling `most`: the first so many frames, no more
 * @returns {Promise<{ rgb: Uint8Array<ArrayBuffer>[], timesS: number[] }>} RGB24, `inputSide² · 3` bytes each
 */
export async function readPictures(path, facts, { fps, most }) {
  const source = await openSource(path, decodeTarget(facts, fps));
  const stop = new AbortController();
  const rgb = [];
  const timesS = [];
  try {
    for await (const frame of source.frames(stop.signal)) {
      rgb.push(new Uint8Array(frame.data));
      timesS.push(seconds(frame.pts, frame.timebase));
      if (rgb.length >= most) break;
    }
  } finally {
    stop.abort();
    await source.close();
  }
  return { rgb, timesS };
}

/**
 * A picture shrunk and enlarged again: what is left of it at a lower resolution, at the size that the encoder takes.
 * @param {Uint8Array} rgb RGB24 of a square
 * @param {number} side of the square, pixels
 * @param {number} factor by which it is shrunk
 */
export async function atLowerResolution(rgb, side, factor) {
  const raw = { raw: { width: side, height: side, channels: 3 } };
  const shrunk = Math.round(side / factor);
  const small = await sharp(rgb, raw).resize(shrunk, shrunk).raw().toBuffer();
  const again = await sharp(small, { raw: { width: shrunk, height: shrunk, channels: 3 } })
    .resize(side, side)
    .raw()
    .toBuffer();
  return new Uint8Array(again);
}

/**
 * Score of ffmpeg's scdet filter for each picture, 0 … 100: the smaller of the mean absolute difference to the picture
 * before (in percent of the range) and of its change (libavfilter/vf_scdet.c). Here between sampled pictures, on luma.
 * @param {Uint8Array[]} rgb
 * @returns {number[]}
 */
export function sceneScores(rgb) {
  return rgb.map(sceneScorer());
}

/**
 * The same for pictures as they come.
 * @returns {(rgb: Uint8Array) => number} called once a picture, in order; keeps the picture until the next call
 */
export function sceneScorer() {
  let previous;
  let before = 0;
  return (rgb) => {
    const difference = previous ? meanLumaDifference(previous, rgb) : 0;
    const score = Math.min(difference, Math.abs(difference - before));
    previous = rgb;
    before = difference;
    return Math.min(100, score);
  };
}

function meanLumaDifference(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 3) {
    sum += Math.abs(0.299 * (a[i] - b[i]) + 0.587 * (a[i + 1] - b[i + 1]) + 0.114 * (a[i + 2] - b[i + 2]));
  }
  return (100 * sum) / (a.length / 3) / 255;
}
