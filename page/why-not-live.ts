import type { StreamState } from '../src/client/index.ts';
import { timeOf } from './format.ts';

/** Why a source is not live, and when it is tried again; undefined where there is nothing to say. */
export function whyNotLive({ state, sinceMs, failures, retryAtMs, reason }: StreamState): string | undefined {
  if (state === 'stalled') return `No frame comes. Noticed at ${clock(sinceMs)}.`;
  // A reason outlives its loss: of one that came back, or was never lost, there is nothing to say.
  const isLost = state === 'backing-off' || state === 'failed' || (state === 'connecting' && failures > 0);
  if (!isLost) return undefined;
  const next = retryAtMs === undefined ? [] : [`Next try at ${clock(retryAtMs)}.`];
  return [...(reason ? [reason.what] : []), ...next].join(' ');
}

function clock(unixMs: number): string {
  return timeOf(unixMs / 1000, true);
}
