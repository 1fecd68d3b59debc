/**
 * A method as the event test sees it: pictures in, one by one, and what the receiver holds after each. Unlike a
 * `Method` of method.mjs it chooses for itself whether the encoder runs, and it knows nothing of frames to come.
 * @typedef {object} Stream
 * @property {(moment: Moment) => Promise<Step>} next Called once a frame, in order; the next call waits for this one.
 *
 * @typedef {object} Moment
 * @property {Uint8Array<ArrayBuffer>} rgb `inputSide² · 3` bytes, read only.
 * @property {number} timeS ascending
 * @property {() => Promise<Float32Array>} features The frame's patch grid, `[gridSide², channels]`, in the encoder's
 *   units; read only. The encoder runs when it is first called.
 *
 * @typedef {object} Step
 * @property {number} tokens sent for this frame. With our policies a frame in which nothing happens costs its one token;
 *   a baseline that holds a frame pays nothing.
 * @property {boolean} ran whether the method asked for the features
 * @property {Float32Array} held X̂, `[side², channels]`; valid until the next call, read only
 * @property {number} side of X̂; divides gridSide
 *
 * @typedef {object} EncoderFacts
 * @property {number} inputSide
 * @property {number} gridSide
 * @property {number} channels
 *
 * @typedef {(facts: EncoderFacts) => Stream} StreamMethod A fresh stream.
 */

/**
 * Pictures of one clip at equal intervals.
 * @typedef {object} Pictures
 * @property {string} name
 * @property {number} fps
 * @property {Uint8Array<ArrayBuffer>[]} frames `inputSide² · 3` bytes of RGB24 each, read only
 */

/** @typedef {(rgb: Uint8Array<ArrayBuffer>) => Promise<Float32Array>} Encode `[gridSide², channels]` of a picture. */

/**
 * Encodes each picture once, however many methods look at it.
 * @param {Encode} encode
 * @returns {Encode} keeps the features of every picture for as long as somebody keeps the picture
 */
export function encodeOnce(encode) {
  const kept = new WeakMap();
  return (rgb) => {
    let features = kept.get(rgb);
    if (!features) kept.set(rgb, (features = encode(rgb)));
    return features;
  };
}

/** Encoders have more threads than one, and refuse more than some hundred calls at once. */
const AHEAD = 32;

/**
 * Encodes pictures that methods will ask for one by one.
 * @param {Encode} encode one that encodes each picture once
 * @param {Uint8Array<ArrayBuffer>[]} frames
 */
export async function encodeAhead(encode, frames) {
  for (let at = 0; at < frames.length; at += AHEAD) await Promise.all(frames.slice(at, at + AHEAD).map(encode));
}

/**
 * Runs a method over pictures.
 * @param {Stream} stream
 * @param {Pictures} pictures
 * @param {Encode} encode
 * @param {(step: Step, index: number) => void | Promise<void>} [see] told of each step while X̂ is valid
 * @returns {Promise<{ tokens: Float64Array, ran: Uint8Array }>} for each frame
 */
export async function runStream(stream, { frames, fps }, encode, see) {
  const tokens = new Float64Array(frames.length);
  const ran = new Uint8Array(frames.length);
  for (const [t, rgb] of frames.entries()) {
    const step = await stream.next({ rgb, timeS: t / fps, features: () => encode(rgb) });
    tokens[t] = step.tokens;
    ran[t] = step.ran ? 1 : 0;
    await see?.(step, t);
  }
  return { tokens, ran };
}
