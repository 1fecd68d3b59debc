import type { StreamEvent } from '../../wire/control-message.ts';

/** One event as people read it: when, where, what, and its rectangle in percent of the picture or its reason. */
export function eventRow({ atMs, stream, event, region, reason }: StreamEvent): string {
  const time = new Date(atMs).toISOString().slice(11, 23);
  return [time, stream.padEnd(16), event.padEnd(14), where(region), reason?.what ?? ''].join('  ').trimEnd();
}

function where(region: StreamEvent['region']): string {
  if (!region) return '';
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const { x, y, width, height } = region;
  return `x ${percent(x)}, y ${percent(y)}, ${percent(width)} × ${percent(height)}`;
}
