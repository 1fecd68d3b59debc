import { formatTime } from '../../media/timebase.ts';
import type { HeldFrame, PictureContent, WindowPart, WindowView } from '../window-frame.ts';
import type { Jpeg } from './make-jpeg.ts';
import { pictureName } from './picture-name.ts';
import type { SizedJpegs } from './sized-jpegs.ts';

/** What a host is sent of a window, in order. */
export type PicturePart =
  | { readonly type: 'text'; readonly text: string }
  /** `id` names the picture at this size. */
  | { readonly type: 'picture'; readonly id: string; readonly picture: Jpeg };

/**
 * A window as texts and pictures. A frame in which nothing has happened refers, after its time, to the one that shows the
 * same; where no time stands before it, it is left out. It is a picture again where that one has left the window. Views that
 * share their beginning give parts that do, with one exception:
 *
 * What is to be seen now is sent whole, however long ago it came and however coarse its frame has become: of a scene in
 * which nothing happens the one picture would else fade away. It costs one frame of the finest scale beyond the window's
 * estimate at most.
 */
export async function pictureParts(view: WindowView<PictureContent>, sized: SizedJpegs): Promise<PicturePart[]> {
  const parts: PicturePart[] = [];
  /** When each picture was shown, by its bytes: held frames share them with the frame that they refer to. */
  const shownAt = new Map<Uint8Array, number>();
  const now = newest(view)?.content.jpeg;
  let stamped = false;
  for (const part of withinMost(view.parts)) {
    if (part.type === 'text') {
      parts.push(part);
      stamped = true;
      continue;
    }
    const { frame } = part;
    const { jpeg, sameAs } = frame.content;
    const earlier = shownAt.get(jpeg);
    if (sameAs === undefined || earlier === undefined) {
      const picture = await sized.of(frame);
      parts.push(
        jpeg === now && picture.jpeg !== jpeg ? whole(frame) : { type: 'picture', id: pictureName(frame), picture },
      );
      shownAt.set(jpeg, frame.untilS);
    } else if (stamped) parts.push({ type: 'text', text: `as at ${shortTime(earlier)}` });
    stamped = false;
  }
  return parts;
}

/** Most pictures of one question: services take some hundred, whatever their size. */
const MOST_PICTURES = 256;

/** So many are left out at once, so that views that share their beginning give parts that do for a while. */
const LEFT_OUT = 64;

/**
 * The parts of a window from the first picture on that a question has room for. What is held after it and refers to one that is
 * left out is a picture again.
 */
function withinMost(all: readonly WindowPart<PictureContent>[]): readonly WindowPart<PictureContent>[] {
  const seen = new Set<Uint8Array>();
  const pictures: number[] = [];
  for (const [i, part] of all.entries()) {
    if (part.type === 'text') continue;
    const { jpeg, sameAs } = part.frame.content;
    if (sameAs === undefined || !seen.has(jpeg)) pictures.push(i);
    seen.add(jpeg);
  }
  const over = pictures.length - MOST_PICTURES;
  if (over <= 0) return all;
  const gone = Math.ceil(over / LEFT_OUT) * LEFT_OUT;
  const at = pictures[gone] ?? all.length;
  const stamped = all[at - 1]?.type === 'text';
  return [{ type: 'text', text: `[${gone} earlier pictures are left out]` }, ...all.slice(stamped ? at - 1 : at)];
}

function newest({ parts }: WindowView<PictureContent>): HeldFrame<PictureContent> | undefined {
  const last = parts.findLast((part) => part.type === 'frame');
  return last?.type === 'frame' ? last.frame : undefined;
}

function whole(frame: HeldFrame<PictureContent>): PicturePart {
  return { type: 'picture', id: `${pictureName(frame)} whole`, picture: frame.content };
}

/** As the window's own stamps tell a time. */
function shortTime(s: number): string {
  return formatTime(s).replace(/0{1,2}$/, '');
}

/** Names a part: equal names, equal parts. */
export function partKey(part: PicturePart): string {
  return part.type === 'text' ? `text ${part.text}` : `picture ${part.id}`;
}

/** How many entries two lists share from their beginning on. */
export function sharedBeginning(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((entry, i) => entry !== b[i]);
  return differs === -1 ? a.length : differs;
}

/** `data:image/jpeg;base64,…`, as OpenAI's interfaces take pictures. */
export function dataUri({ jpeg }: Jpeg): string {
  return `data:image/jpeg;base64,${Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.length).toString('base64')}`;
}

/** What OpenAI's interfaces shall look at: a picture of up to 512 pixels is seen whole at `low`, which costs the least. */
export function detailOf({ width, height }: Jpeg): 'low' | 'auto' {
  return Math.max(width, height) <= 512 ? 'low' : 'auto';
}
