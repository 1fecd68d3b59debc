import type { StreamFacts } from '../src/client/index.ts';
import type { Track } from './track.ts';

const EVERY_MS = 2_000;

interface Readiness {
  readonly sources?: readonly {
    readonly name: string;
    readonly state: StreamFacts['state'];
    readonly reason?: { what?: string };
  }[];
}

/**
 * Asks the server where its sources stand: events tell of a loss and a return, not of a source that stands still or is
 * being opened. Where it does not answer, events have to do.
 */
export function watchStates(tracks: ReadonlyMap<string, Track>, headers: () => Record<string, string>): void {
  const ask = async (): Promise<void> => {
    if (document.hidden) return;
    const answer = await fetch('./readyz', { headers: headers(), cache: 'no-store' });
    if (answer.status === 401 || answer.status === 403) return;
    const { sources = [] } = (await answer.json()) as Readiness;
    for (const { name, state, reason } of sources) {
      const track = tracks.get(name);
      if (!track) continue;
      track.state = state;
      track.reason = reason?.what;
    }
  };
  setInterval(() => void ask().catch(() => undefined), EVERY_MS);
}
