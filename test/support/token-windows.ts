import { createHash } from 'node:crypto';
import type { HeldFrame, TokenContent, WindowPart, WindowView } from '#dist/llm/window-frame.js';

/** A frame with values that float16 holds exactly, other ones for each `seed`. */
export function tokenFrame(
  id: string,
  tokens: number,
  channels: number,
  seed: string | number = id,
): HeldFrame<TokenContent> {
  let state = createHash('sha256').update(String(seed)).digest().readUInt32LE();
  const values = Float32Array.from({ length: tokens * channels }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((state >>> 16) % 2048) / 64 - 16;
  });
  return { id, atS: 0, untilS: 0, frames: 1, tokens, content: { values, channels } };
}

/** A window of frames and texts, in that order. */
export function tokenWindow(...items: readonly (HeldFrame<TokenContent> | string)[]): WindowView<TokenContent> {
  const parts = items.map<WindowPart<TokenContent>>((item) =>
    typeof item === 'string' ? { type: 'text', text: item } : { type: 'frame', frame: item },
  );
  const tokens = items.reduce((sum, item) => sum + (typeof item === 'string' ? 4 : item.tokens), 0);
  return { parts, tokens, cuts: 0, fromS: 0, toS: 0 };
}

/** Everything that an answer gives. */
export async function allOf(answer: AsyncIterable<string>): Promise<readonly string[]> {
  const pieces: string[] = [];
  for await (const piece of answer) pieces.push(piece);
  return pieces;
}
