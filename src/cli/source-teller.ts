import type { StreamState } from '../wire/control-message.ts';
import { sourceRow } from './render/source-row.ts';

/**
 * Prints a line each time that the source of a stream stands elsewhere: for programs each state that is told, for people
 * those that are news, and that a stream is live is none to begin with.
 * @param concerns - whether a stream's states are to be printed
 */
export function sourceTeller(json: boolean, concerns: (stream: string) => boolean): (state: StreamState) => void {
  const last = new Map<string, StreamState['state']>();
  return (told) => {
    const { stream, state } = told;
    if (!concerns(stream)) return;
    const isNews = state !== (last.get(stream) ?? 'live');
    last.set(stream, state);
    if (json) process.stdout.write(`${JSON.stringify(told)}\n`);
    else if (isNews) process.stdout.write(`${sourceRow(told)}\n`);
  };
}
