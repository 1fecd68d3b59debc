import { formatTime } from '../../media/timebase.ts';

/**
 * A standing question as the host reads it: with the time that it is about, since the window holds more.
 * @param t0 - seconds, as the time stamps between the frames count them
 * @param t1 - seconds
 */
export function aboutSpan(prompt: string, t0: number, t1: number): string {
  return `${prompt}\n(About ${shortTime(t0)} to ${shortTime(t1)}.)`;
}

/** As the window's own time stamps are written. */
function shortTime(s: number): string {
  return formatTime(s).replace(/0{1,2}$/, '');
}
