import { withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';
import { Random } from '../support/random.ts';

/** What a camera does with a still picture: the picture of a moment. */
export type Habit = (still: Picture, timeS: number) => Picture;

/** How a clip is made. */
export interface ClipLength {
  readonly fps: number;
  readonly seconds: number;
  /** Of the sensor, grey levels; default 1. */
  readonly sigma?: number | ((timeS: number) => number);
}

/** Normal numbers to draw from: Box and Muller for every value of every frame would take most of a test's time. */
const normals = new Random(77).grid(1 << 14);

/** The pictures of a habit, one by one, over sensor noise: the same clip each time. */
export function* clip(still: Picture, habit: Habit, { fps, seconds, sigma = 1 }: ClipLength): Generator<Picture> {
  let state = 1;
  for (let i = 0; i < fps * seconds; i++) {
    const level = typeof sigma === 'number' ? sigma : sigma(i / fps);
    yield habit(still, i / fps).map((value) => {
      // Constants of Numerical Recipes; the high bits are good enough.
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return Math.max(0, Math.min(255, Math.round(value + level * normals[state >>> 18]!)));
    });
  }
}

/** One gain for the whole picture, clipped as a sensor does. */
function relit(picture: Picture, gain: number): Picture {
  return picture.map((value) => Math.min(255, Math.round(value * gain)));
}

/** Bright for some tenths of a second, from the upper left, each time at another strength. */
export function lightning(atS: number, lengthS: number, fps: number): Habit {
  return (still, timeS) => {
    if (timeS < atS || timeS >= atS + lengthS) return still;
    const side = Math.sqrt(still.length / 3);
    const strength = 1.2 + 0.5 * Math.sin(7 * Math.round((timeS - atS) * fps));
    return still.map((value, i) => {
      const pixel = Math.floor(i / 3);
      const towards = 1 - (Math.floor(pixel / side) + (pixel % side)) / (4 * side);
      return Math.min(255, Math.round(value * (1 + strength * towards)));
    });
  };
}

/** Day to night: grey, another brightness, and an exposure that takes `settleS` to come to rest. */
export function infrared(atS: number, settleS: number): Habit {
  return (still, timeS) => {
    if (timeS < atS) return still;
    const over = 0.7 * Math.exp((-4 * (timeS - atS)) / settleS);
    const out = new Uint8Array(still.length);
    for (let i = 0; i < still.length; i += 3) {
      const luma = 0.5 * still[i]! + 0.4 * still[i + 1]! + 0.1 * still[i + 2]!;
      out.fill(Math.min(255, Math.round((0.75 * luma + 12) * (1 + over))), i, i + 3);
    }
    return out;
  };
}

/** An exposure that hunts: the gain goes up and down by `share` every `periodS`. */
export function pumping(share: number, periodS: number): Habit {
  return (still, timeS) => relit(still, 1 + share * Math.sin((2 * Math.PI * timeS) / periodS));
}

/** A camera that turns: the picture is a window that moves over a larger one at `speed` px/s from `fromS` to `toS`. */
export function turning(large: Picture, speed: number, fromS: number, toS: number): Habit {
  const width = Math.sqrt(large.length / 3);
  return (still, timeS) => {
    const side = Math.sqrt(still.length / 3);
    const x = Math.round(speed * (Math.max(fromS, Math.min(toS, timeS)) - fromS));
    const out = new Uint8Array(still.length);
    for (let row = 0; row < side; row++) {
      const from = (row * width + x) * 3;
      out.set(large.subarray(from, from + side * 3), row * side * 3);
    }
    return out;
  };
}

/** 3×5 dots of each digit, then of the colon. */
const GLYPHS = [
  '111101101101111',
  '010110010010111',
  '111001111100111',
  '111001111001111',
  '101101111001001',
  '111100111001111',
  '111100111101111',
  '111001001001001',
  '111101111101111',
  '111101111001111',
  '000010000010000',
];

/** Writes digits and colons, white on black, `dot` px a dot. */
function written(picture: Picture, text: string, at: { x: number; y: number }, dot: number): Picture {
  let out = withBox(picture, { ...at, width: text.length * 4 * dot + dot, height: 7 * dot }, [16, 16, 16]);
  for (const [place, character] of Array.from(text).entries()) {
    for (const [i, on] of Array.from(GLYPHS['0123456789:'.indexOf(character)]!).entries()) {
      if (on === '0') continue;
      const x = at.x + (1 + place * 4 + (i % 3)) * dot;
      const y = at.y + (1 + Math.floor(i / 3)) * dot;
      out = withBox(out, { x, y, width: dot, height: dot }, [235, 235, 235]);
    }
  }
  return out;
}

/** A burnt-in clock that starts at 12:34:00. */
export function clock(dot: number): Habit {
  return (still, timeS) => {
    const s = Math.floor(timeS);
    const two = (n: number): string => String(n).padStart(2, '0');
    return written(still, `12:${two((34 + Math.floor(s / 60)) % 60)}:${two(s % 60)}`, { x: dot, y: dot }, dot);
  };
}

/** A tree in the wind: a quarter of the picture whose texture sways to and fro, gusts and all. */
export function tree(seed: number): Habit {
  const random = new Random(seed);
  const waves = Array.from({ length: 5 }, () => ({ hz: 0.2 + 1.3 * random.next(), phase: 7 * random.next() }));
  return (still, timeS) => {
    const side = Math.sqrt(still.length / 3);
    const out = still.slice();
    const sway = waves.reduce((sum, { hz, phase }) => sum + Math.sin(2 * Math.PI * hz * timeS + phase), 0);
    for (let y = 0; y < side / 2; y++) {
      for (let x = 0; x < side / 2; x++) {
        const bend = sway * (side / 192) * (1 - (2 * y) / side);
        const leaf = Math.sin((x + bend) * (100 / side)) * Math.sin((y + bend / 2) * (140 / side));
        const i = (y * side + x) * 3;
        out[i] = 70 + 40 * leaf;
        out[i + 1] = 100 + 50 * leaf;
        out[i + 2] = 50 + 30 * leaf;
      }
    }
    return out;
  };
}

/** Rain: bright streaks at random, some hundreds in a picture. */
export function rain(seed: number, streaks: number): Habit {
  const random = new Random(seed);
  return (still) => {
    const side = Math.sqrt(still.length / 3);
    const out = still.slice();
    for (let n = 0; n < streaks; n++) {
      const x = random.below(side);
      const top = random.below(side);
      const length = Math.round(side / 24);
      for (let y = top; y < Math.min(side, top + length); y++) {
        for (let i = (y * side + x) * 3, c = 0; c < 3; c++) out[i + c] = Math.min(255, out[i + c]! + 60);
      }
    }
    return out;
  };
}

/** A thing of one colour that comes in from the left at `speed` px/s from `fromS` on, and stays where it is at `toS`. */
export function passing(size: { width: number; height: number }, speed: number, fromS: number, toS: number): Habit {
  return (still, timeS) => {
    if (timeS < fromS) return still;
    const side = Math.sqrt(still.length / 3);
    const x = Math.round(speed * (Math.min(timeS, toS) - fromS)) - size.width;
    const from = Math.max(0, x);
    const box = { x: from, y: Math.round(side * 0.6), width: Math.max(0, x + size.width - from), height: size.height };
    return withBox(still, box, [200, 60, 50]);
  };
}

/** Both, one after the other. */
export function together(...habits: readonly Habit[]): Habit {
  return (still, timeS) => habits.reduce((picture, habit) => habit(picture, timeS), still);
}
