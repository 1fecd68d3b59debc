import { z } from 'zod';
import { expected, map, path, secondsUpTo, whole } from './schema-words.ts';
import { parseSize } from './sizes.ts';

/** Bounds of what a stream's packet log may be told to keep; 10 years, in seconds. */
export const keepBounds = {
  bytes: { least: 2 ** 20, most: 2 ** 44 },
  ageS: 315_360_000,
  packets: 1_000_000_000,
} as const;

/** Where nothing is said. */
export const keepDefaults = { dir: './.framenest', bytes: '1GiB', age: 86_400, packets: 1_000_000 } as const;

/** What a size to keep must be. */
export const sizeWords = 'bytes, or a number with KiB, MiB, GiB or TiB: 1MiB … 16TiB';

/** Bytes to keep, or undefined where they are none. */
export function keptBytes(size: string | number): number | undefined {
  const bytes = parseSize(size);
  return bytes !== undefined && bytes >= keepBounds.bytes.least && bytes <= keepBounds.bytes.most ? bytes : undefined;
}

const size = z
  .union([z.string(), z.number()], expected(sizeWords))
  .refine((written) => keptBytes(written) !== undefined, expected(sizeWords));

/** The key `data`: where packets are kept, and how many of each stream. */
export const dataKeys = map({
  dir: path('the path of a folder, or "off"').default(keepDefaults.dir),
  keep: map({
    bytes: size.default(keepDefaults.bytes),
    age: secondsUpTo(keepBounds.ageS).default(keepDefaults.age),
    packets: whole(1, keepBounds.packets).default(keepDefaults.packets),
  }).prefault({}),
}).prefault({});
