import { defer, tap } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import { Activity } from '../change/activity.ts';
import type { ActivityEvent } from '../change/activity.ts';
import type { ChangeDetector } from '../change/change-detector.ts';
import { toPicture } from '../change/square-region.ts';
import type { SquareGeometry } from '../change/square-region.ts';
import type { Frame } from '../media/frame.ts';
import type { Region } from '../media/region.ts';
import { seconds } from '../media/timebase.ts';
import type { ScoredFrame } from './records.ts';

/** Something that happens in a stream, for programs that want no tokens. */
export interface StreamMoment {
  readonly kind: 'cut' | 'activity-start' | 'activity-end';
  /** Of the frame that told, in this run: from 0, dense; its packet has the same place among the packets. */
  readonly index: number;
  /** When it happened, Unix time in microseconds, where the source is live: up to a few seconds before that frame. */
  readonly wallclockUs?: bigint;
  /** Of an activity: the smallest rectangle around what changed so far, shares of the upright picture. */
  readonly region?: Region;
}

/** What moments are told from. */
export interface MomentWatch extends SquareGeometry {
  /** That of `scoreChange`. */
  readonly detector: ChangeDetector;
  /** Rows, and columns, of the patch grid. */
  readonly gridSide: number;
  /** Seconds without a change after which an activity has ended. */
  readonly quietS: number;
  readonly tell: (moment: StreamMoment) => void;
}

/**
 * Tells of moments as frames pass, and changes nothing. Right after `scoreChange`: the detector goes on. An activity that
 * is under way when the frames end, or break off, ends with the last of them.
 */
export function noteMoments(watch: MomentWatch): MonoTypeOperatorFunction<ScoredFrame> {
  return (source) =>
    defer(() => {
      const activity = new Activity(watch.gridSide, watch.quietS);
      let index = -1;
      let last: Frame | undefined;
      const end = (): void => last && tellActivity(watch, last, index, activity.end());
      return source.pipe(
        tap({
          next: ({ frame, change }) => {
            index++;
            last = frame;
            if (change.cut) watch.tell({ kind: 'cut', index, ...at(frame, 0) });
            const timeS = seconds(frame.pts, frame.timebase);
            const changed = watch.detector.newCells;
            tellActivity(watch, frame, index, activity.next({ ...change, timeS, changed }));
          },
          finalize: end,
        }),
      );
    });
}

function tellActivity(watch: MomentWatch, frame: Frame, index: number, event: ActivityEvent | undefined): void {
  if (!event) return;
  const agoS = seconds(frame.pts, frame.timebase) - event.timeS;
  const region = toPicture(event.region, watch);
  watch.tell({ kind: `activity-${event.kind}`, index, region, ...at(frame, agoS) });
}

function at({ wallclockUs }: Frame, agoS: number): { wallclockUs?: bigint } {
  return wallclockUs === undefined ? {} : { wallclockUs: wallclockUs - BigInt(Math.round(agoS * 1e6)) };
}
