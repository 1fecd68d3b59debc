import { formatTime } from '../../media/timebase.ts';

/** `h:mm:ss`, as summaries name times: rounded down to the second. */
export function timeCode(s: number): string {
  return formatTime(Math.floor(s)).slice(0, -'.000'.length);
}

/** `0:01:00 – 0:02:00`; the end is rounded up. */
export function timeSpan({ t0, t1 }: { readonly t0: number; readonly t1: number }): string {
  return `${timeCode(t0)} – ${timeCode(Math.ceil(t1))}`;
}
