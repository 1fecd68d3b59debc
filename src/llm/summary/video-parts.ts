import { EvenWindow } from '../window/even-window.ts';
import type { ContextWindowOptions } from '../window/window-options.ts';
import type { WindowFrame, WindowView } from '../window-frame.ts';

/**
 * Cuts a video into parts of equal time; those without a frame are left out. Holds the frames of one part, in a window, and
 * the last one in which something happened.
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
  let scene: WindowFrame<Content> | undefined;
  for await (const frame of frames) {
    const next = partOf(frame.atS, partS);
    if (window && next > number) {
      yield window.view();
      window = undefined;
    }
    const isFirst = window === undefined;
    if (isFirst) number = next;
    window ??= new EvenWindow(options);
    window.push(isFirst ? shown(frame, scene) : frame);
    if (frame.tokens > 1) scene = frame;
  }
  if (window) yield window.view();
}

/**
 * The first frame of a part. One in which nothing has happened costs one token and says little of what is to be seen; it shows
 * the same as the frame before, which is in another part, so it is shown as fine as that.
 */
function shown<Content>(first: WindowFrame<Content>, scene: WindowFrame<Content> | undefined): WindowFrame<Content> {
  return first.tokens === 1 && scene ? { ...first, tokens: scene.tokens, content: scene.content } : first;
}

/** Number of the part that a time lies in; a time before 0 lies in the first. */
export function partOf(atS: number, partS: number): number {
  return Math.max(0, Math.floor(atS / partS));
}
