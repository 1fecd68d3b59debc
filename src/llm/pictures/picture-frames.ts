import { identity, map } from 'rxjs';
import type { Observable } from 'rxjs';
import { ChangeDetector } from '../../change/change-detector.ts';
import { Inbox } from '../../client/inbox.ts';
import { FramenestError, asFramenestError } from '../../errors.ts';
import { CreditWindow } from '../../flow/credit-window.ts';
import { mapOrdered } from '../../flow/map-ordered.ts';
import type { DecodeTarget, FrameSource } from '../../media/frame-source.ts';
import { seconds } from '../../media/timebase.ts';
import { ceiling } from '../../media/token-scale.ts';
import type { Ladder } from '../../media/token-scale.ts';
import { decode } from '../../operators/decode.ts';
import { noteMoments } from '../../operators/note-moments.ts';
import type { StreamMoment } from '../../operators/note-moments.ts';
import { proposeScale } from '../../operators/propose-scale.ts';
import type { ScaledFrame } from '../../operators/records.ts';
import { scoreChange } from '../../operators/score-change.ts';
import { ladderOf, policyOf } from '../../pipeline/choosers.ts';
import { decidesOnFeatures, parsePipelineOptions, windowOf } from '../../pipeline/pipeline-options.ts';
import type { PipelineOptions, PipelineOptionsInput } from '../../pipeline/pipeline-options.ts';
import type { PictureContent, WindowFrame } from '../window-frame.ts';
import { jpegOfSquare } from './make-jpeg.ts';
import type { Jpeg } from './make-jpeg.ts';
import { PICTURE_EDGE, edgeOf } from './picture-size.ts';
import { uprightPlan } from './upright-picture.ts';

/** Cells along a side in which changes are looked for, as an encoder of 384 pixels in patches of 16 has them. */
const GRID_SIDE = 24;

/** How frames become pictures. */
export interface PictureOptions {
  /** Those of a pipeline; of its policies `change` (default) and `fixed:S`, since there are no features. */
  readonly options?: PipelineOptionsInput;
  /** Longer edge of a picture of 144 tokens, pixels, 64 … 2048; other scales in proportion. Default 384. */
  readonly edge?: number;
  /** Rows, and columns, of the grid that the ladder belongs to, and in which changes are looked for. Default 24. */
  readonly gridSide?: number;
  /** Cells of that grid, `[gridSide²]`: 1 where changes do not count. See `ignoredCells`, with resize `stretch`. */
  readonly ignored?: Uint8Array;
  /** Of the first frame, in its id. Default 0. */
  readonly firstSequence?: number;
  /** Hears of cuts and activity. */
  readonly onMoment?: (moment: StreamMoment) => void;
  /** Seconds without a change after which an activity has ended. Default 3. */
  readonly quietS?: number;
}

/**
 * How to open a source for {@link pictureFrames}: large enough for the finest scale, the picture stretched to a square.
 * @param fps - frames per second to keep at most; `native` keeps every frame
 * @throws FramenestError OPTION_INVALID, LADDER_INVALID
 */
export function pictureTarget(pictures: PictureOptions, fps: number | 'native'): DecodeTarget {
  return { side: checked(pictures).side, resize: 'stretch', padColor: [0, 0, 0], fps };
}

/**
 * Frames of a source as pictures, without any encoder: the product's own change score and policy give each frame a scale,
 * and the scale is a size in pixels. A frame that the policy holds costs 1 token, and its content names the picture that
 * shows the same (`sameAs`), whose bytes it shares. Pictures have the shape of their source.
 *
 * Never more than the options' `window` frames are between the decoder and whoever takes them (16 of a file, 4 of a
 * camera, by default): a file waits, and a camera's oldest frames go. Ends without an error when the signal aborts.
 * @param source - opened as {@link pictureTarget} says; closed by its owner
 * @throws FramenestError OPTION_INVALID, LADDER_INVALID; the source's codes, after every frame that was decoded
 */
export async function* pictureFrames(
  source: FrameSource,
  pictures: PictureOptions,
  signal: AbortSignal,
): AsyncGenerator<WindowFrame<PictureContent>, void, undefined> {
  const plan = checked(pictures);
  const credits = new CreditWindow(windowOf(plan.options, source.facts.live));
  const inbox = new Inbox<WindowFrame<PictureContent>>();
  const leave = (): void => inbox.close();
  signal.addEventListener('abort', leave, { once: true });
  const running = framesOf(source, pictures, plan, credits).subscribe({
    next: (frame) => inbox.put(frame),
    error: (thrown: unknown) => inbox.fail(asFramenestError(thrown)),
    complete: leave,
  });
  try {
    for (let frame = await inbox.take(); frame && !isOver(signal); frame = await inbox.take()) {
      yield frame;
      credits.give();
    }
  } finally {
    signal.removeEventListener('abort', leave);
    running.unsubscribe();
  }
}

/** Asked anew each time: it may have aborted while the frame was away. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}

interface Plan {
  readonly options: PipelineOptions;
  readonly ladder: Ladder;
  readonly edge: number;
  /** Of the decoded square, pixels. */
  readonly side: number;
}

/** A frame whose picture may still be in the making. */
interface Pending {
  readonly scaled: ScaledFrame;
  readonly id: string;
  readonly picture: Promise<Jpeg>;
  readonly sameAs?: string;
}

function checked({ options: input = {}, edge = PICTURE_EDGE, gridSide = GRID_SIDE }: PictureOptions): Plan {
  const options = parsePipelineOptions(input);
  if (decidesOnFeatures(options)) {
    throw unfit(`policy "${options.policy}" decides on features`, 'Take "change" or "fixed:S".');
  }
  if (!(edge >= 64 && edge <= 2048)) throw unfit(`an edge of ${edge} pixels`, 'Give 64 to 2048.');
  const ladder = ladderOf(options, gridSide);
  policyOf(options, ladder);
  // The detector looks at 4 × 4 blocks in each cell.
  const side = Math.max(edgeOf(ceiling(ladder).tokens, edge), gridSide * 4);
  return { options, ladder, edge, side };
}

function unfit(what: string, mend: string): FramenestError {
  return new FramenestError('OPTION_INVALID', { what: `Pictures cannot be made: ${what}.`, mend });
}

function framesOf(
  source: FrameSource,
  { ignored, firstSequence = 0, onMoment, quietS = 3 }: PictureOptions,
  { options, ladder, edge, side }: Plan,
  credits: CreditWindow,
): Observable<WindowFrame<PictureContent>> {
  const { live, width, height } = source.facts;
  const geometry = { resize: 'stretch', width, height } as const;
  const { gridSide } = ladder;
  const camera = options.camera ?? live;
  const detector = new ChangeDetector({
    frameSide: side,
    ladder,
    minSceneS: options.minSceneS,
    ignore: ignored,
    camera,
  });
  const draw = async ({ frame, choice }: ScaledFrame): Promise<Jpeg> => {
    const plan = uprightPlan(side, geometry, edgeOf(choice.scale?.tokens ?? 1, edge));
    return jpegOfSquare(frame.data, side, plan).finally(() => source.recycle(frame.data));
  };
  return decode(source, credits).pipe(
    map((frame) => {
      if (frame.width === side) return frame;
      throw unfit(`the source gives frames of ${frame.width} pixels, not ${side}`, 'Open it with pictureTarget.');
    }),
    scoreChange(detector),
    onMoment ? noteMoments({ ...geometry, detector, gridSide, quietS, tell: onMoment }) : identity,
    proposeScale(policyOf(options, ladder), detector, () => (live ? credits.pressure : 0)),
    holding(draw, (data) => source.recycle(data), {
      prefix: `${options.stream}/${options.epoch}`,
      sequence: firstSequence,
    }),
    mapOrdered(finished, credits.size),
  );
}

/** Draws the frames that are sent, and lets the others share the picture before them. */
function holding(
  draw: (scaled: ScaledFrame) => Promise<Jpeg>,
  recycle: (data: Uint8Array<ArrayBuffer>) => void,
  names: { readonly prefix: string; readonly sequence: number },
) {
  let last: Pending | undefined;
  return map((scaled: ScaledFrame, index: number): Pending => {
    const id = `${names.prefix}/${names.sequence + index}`;
    if (last && !scaled.choice.scale) {
      recycle(scaled.frame.data);
      return { scaled, id, picture: last.picture, sameAs: last.id };
    }
    const picture = draw(scaled);
    // Whoever waits for the frame hears of it; nobody may.
    picture.catch(() => undefined);
    return (last = { scaled, id, picture });
  });
}

async function finished({ scaled, id, picture, sameAs }: Pending): Promise<WindowFrame<PictureContent>> {
  const { jpeg, width, height } = await picture;
  const { pts, timebase, wallclockUs } = scaled.frame;
  return {
    id,
    atS: seconds(pts, timebase),
    ...(wallclockUs !== undefined && { wallclockMs: Number(wallclockUs / 1000n) }),
    tokens: scaled.choice.scale?.tokens ?? 1,
    content: { jpeg, width, height, ...(sameAs !== undefined && { sameAs }) },
  };
}
