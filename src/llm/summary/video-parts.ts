import { EvenWindow } from '../window/even-window.ts';
import type { ContextWindowOptions } from '../window/window-options.ts';
import type { WindowFrame, WindowView } from '../window-frame.ts';

/**
 * Cuts a video into parts of equal time; those without a frame are left out. Holds the frames of one part, in a window.
 * @param frames - in order of time
 * @param partS - seconds, > 0
 */
export async function* videoParts<Content>(
  frames: AsyncIterable<WindowFrame<Content>>,
  partS: number,
  options: ContextWindowOptions<Content>,
): AsyncGenerator<WindowView<Content>, void, undefined> {
  let window: EvenWindow<Content> | undefined;
  let number = 0;
  for await (const frame of frames) {
    const next = partOf(frame.atS, partS);
    if (window && next > number) {
      yield window.view();
      window = undefined;
    }
    if (!window) number = next;
    window ??= new EvenWindow(options);
    window.push(frame);
  }
  if (window) yield window.view();
}

/** Number of the part that a time lies in; a time before 0 lies in the first. */
export function partOf(atS: number, partS: number): number {
  return Math.max(0, Math.floor(atS / partS));
}
