import type { StreamState } from '../../wire/control-message.ts';

/** A line between frames: where the source of a stream stands now, when it is tried again and why. */
export function sourceRow({ stream, state, sinceMs, retryAtMs, reason }: StreamState): string {
  // Both times are of the server's clock.
  const next = retryAtMs === undefined ? '' : `, next try in ${((retryAtMs - sinceMs) / 1000).toFixed(1)} s`;
  const why = reason && (state === 'backing-off' || state === 'failed') ? ` (${reason.code}: ${reason.what})` : '';
  return `– ${stream}: ${state}${next}${why} –`;
}
