/** Seconds per tick as an exact fraction, FFmpeg's AVRational: 1/90000 for MPEG-TS, 1001/30000 for NTSC. Both > 0. */
export interface Timebase {
  readonly num: number;
  readonly den: number;
}

/** Presentation timestamp in ticks of a {@link Timebase}. Never seconds, never a frame number. May be negative. */
export type Pts = bigint;

/** Ticks → seconds, for people and for thresholds; not for arithmetic that must be exact. */
export function seconds(pts: Pts, timebase: Timebase): number {
  return (Number(pts) * timebase.num) / timebase.den;
}

/** Seconds → the nearest tick. */
export function ticks(s: number, timebase: Timebase): Pts {
  return BigInt(Math.round((s * timebase.den) / timebase.num));
}

/** `"1/90000"`, the form on the wire. */
export function formatTimebase(timebase: Timebase): string {
  return `${timebase.num}/${timebase.den}`;
}

/** The inverse of {@link formatTimebase}; undefined where the text is no positive fraction. */
export function parseTimebase(text: string): Timebase | undefined {
  const match = /^(\d{1,10})\/(\d{1,10})$/.exec(text);
  if (!match) return undefined;
  const num = Number(match[1]);
  const den = Number(match[2]);
  return num > 0 && den > 0 ? { num, den } : undefined;
}

/** `h:mm:ss.mmm`, rounded to the millisecond, for tables. */
export function formatTime(s: number): string {
  const sign = s < 0 ? '-' : '';
  const ms = Math.round(Math.abs(s) * 1000);
  const pad = (n: number, width: number): string => String(Math.floor(n)).padStart(width, '0');
  return `${sign}${pad(ms / 3_600_000, 1)}:${pad((ms / 60_000) % 60, 2)}:${pad((ms / 1000) % 60, 2)}.${pad(ms % 1000, 3)}`;
}
