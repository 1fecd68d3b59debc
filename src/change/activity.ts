import type { Region } from '../media/region.ts';

/** A frame with this share of its cells changed begins an activity alone. */
const WIDE = 0.03;

/** Else it takes two frames with a change no further apart than this, seconds. */
const TOGETHER_S = 1;

/** One frame as the state machine sees it. */
export interface ActivityFrame {
  /** Presentation time, seconds, ascending. */
  readonly timeS: number;
  /** `[gridSide²]`, row-major: not 0 where something new is seen, as `ChangeDetector.newCells` has it; read only. */
  readonly changed: Uint8Array;
  /** As in `ChangeScore`. Such a frame neither begins an activity nor keeps one up: what changed is the view, or the light. */
  readonly first: boolean;
  readonly cut: boolean;
  readonly flash: boolean;
}

/** Something began or ended. */
export interface ActivityEvent {
  readonly kind: 'start' | 'end';
  /** Of the first frame with a change, or of the last: up to a second, or up to `quietS`, before the frame that told. */
  readonly timeS: number;
  /** The box about all that changed so far, as shares of the *square* frame; `toPicture` gives those of the picture. */
  readonly region: Region;
}

/**
 * Tells when something begins to happen in a picture and when it has ended. One object a stream and epoch.
 * @see ActivityFrame
 */
export class Activity {
  readonly #gridSide: number;
  readonly #quietS: number;
  #active = false;
  #firstS = -Infinity;
  #lastS = -Infinity;
  #box: Box | undefined;

  /**
   * @param gridSide - rows, and columns, of the patch grid
   * @param quietS - seconds without a change after which it has ended; default 3
   */
  constructor(gridSide: number, quietS = 3) {
    this.#gridSide = gridSide;
    this.#quietS = quietS;
  }

  /** @returns what this frame tells: nothing, most of the time; never two things, an end comes before a start */
  next(frame: ActivityFrame): ActivityEvent | undefined {
    const { timeS, changed } = frame;
    // Before a change is noted: in a gap between frames the old activity ended, and what is seen now may begin the next.
    const ended = timeS - this.#lastS >= this.#quietS ? this.end() : undefined;
    const seen = boxOf(frame, this.#gridSide);
    if (seen === undefined) return ended;
    const together = timeS - this.#lastS <= TOGETHER_S;
    if (!this.#active && !together) this.#box = undefined;
    this.#note(seen, timeS);
    const begins = together || seen.cells >= WIDE * changed.length;
    if (ended || this.#active || !begins) return ended;
    this.#active = true;
    return this.#tell('start', this.#firstS);
  }

  /** The stream ends, or breaks off: so does an activity that is under way. */
  end(): ActivityEvent | undefined {
    const ended = this.#active ? this.#tell('end', this.#lastS) : undefined;
    this.#active = false;
    this.#box = undefined;
    this.#lastS = -Infinity;
    return ended;
  }

  #note(seen: Box, timeS: number): void {
    if (this.#box === undefined) this.#firstS = timeS;
    this.#box = this.#box ? around(this.#box, seen) : seen;
    this.#lastS = timeS;
  }

  #tell(kind: ActivityEvent['kind'], timeS: number): ActivityEvent {
    const { left, top, right, bottom } = this.#box!;
    const share = (cells: number): number => cells / this.#gridSide;
    const region = { x: share(left), y: share(top), width: share(right - left), height: share(bottom - top) };
    return { kind, timeS, region };
  }
}

/** Cells from `left` up to, not with, `right`; how many of them changed. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly cells: number;
}

function boxOf({ changed, first, cut, flash }: ActivityFrame, gridSide: number): Box | undefined {
  if (first || cut || flash) return undefined;
  let box: Box | undefined;
  for (let cell = 0; cell < changed.length; cell++) {
    if (changed[cell] === 0) continue;
    const [left, top] = [cell % gridSide, Math.floor(cell / gridSide)];
    const one = { left, top, right: left + 1, bottom: top + 1, cells: 1 };
    box = box ? around(box, one) : one;
  }
  return box;
}

function around(a: Box, b: Box): Box {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
    cells: a.cells + b.cells,
  };
}
