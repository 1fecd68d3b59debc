import { z } from 'zod';

/** What a model said about a part of a video, or about other notes. */
export interface Note {
  /** Time of the first and of the last frame that it is about, seconds. */
  readonly t0: number;
  readonly t1: number;
  readonly text: string;
  /** Visual tokens sent for it; 0 where it is about notes alone. */
  readonly tokens: number;
  /** SHA-256 of the notes that it is about, where it is about notes. */
  readonly of?: string | undefined;
}

/** As a file has it. */
export const noteSchema = z.object({
  t0: z.number(),
  t1: z.number(),
  text: z.string().max(1 << 20),
  tokens: z.int().nonnegative(),
  of: z.string().optional(),
});
