import { formatTime } from '#dist/media/timebase.js';
import type { PictureContent, WindowFrame, WindowPart, WindowView } from '#dist/llm/window-frame.js';
import sharp from 'sharp';

/** A view of frames as a window gives it: each with its time before it, and at the tokens that it is said to have now. */
export function viewOf(frames: readonly WindowFrame<PictureContent>[], cuts = 0): WindowView<PictureContent> {
  const parts = frames.flatMap((frame): WindowPart<PictureContent>[] => [
    { type: 'text', text: `[${formatTime(frame.atS)}]` },
    { type: 'frame', frame: { ...frame, frames: 1, untilS: frame.atS } },
  ]);
  const tokens = frames.reduce((sum, frame) => sum + frame.tokens, 0);
  return { parts, tokens, cuts, fromS: frames[0]?.atS ?? NaN, toS: frames.at(-1)?.atS ?? NaN };
}

/** A frame of one colour, 320 × 240 pixels. */
export async function pictureFrame(index: number, tokens = 144, color = 'red'): Promise<WindowFrame<PictureContent>> {
  const background = { width: 384, height: 288, channels: 3, background: color } as const;
  const jpeg = await sharp({ create: background }).jpeg().toBuffer();
  return { id: `cam/0/${index}`, atS: index, tokens, content: { jpeg, width: 384, height: 288 } };
}

/** A frame in which nothing has happened since another one. */
export function heldFrame(index: number, shown: WindowFrame<PictureContent>): WindowFrame<PictureContent> {
  return { id: `cam/0/${index}`, atS: index, tokens: 1, content: { ...shown.content, sameAs: shown.id } };
}

/** All of an answer. */
export async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** What a picture really is, by its bytes. */
export async function sizeOf(base64: string): Promise<string> {
  const { format, width, height } = await sharp(Buffer.from(base64, 'base64'), { failOn: 'warning' }).metadata();
  return `${format} ${width}x${height}`;
}
