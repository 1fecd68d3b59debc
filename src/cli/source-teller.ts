import type { StreamState } from '../wire/control-message.ts';
import { sourceRow } from './render/source-row.ts';

/**
 * Prints a line each time that the source of a stream stands elsewhere: for programs each state that is told, for people
 * those that are news. That a live stream is live is none to begin with, and a file has an end of its own.
 * @param isFile - whether a stream is one
 */
export function sourceTeller(json: boolean, isFile: (stream: string) => boolean): (state: StreamState) => void {
  const last = new Map<string, StreamState['state']>();
  return (told) => {
    const { stream, state } = told;
    const isNews = state !== (last.get(stream) ?? 'live') && !isFile(stream);
    last.set(stream, state);
    if (json) process.stdout.write(`${JSON.stringify(told)}\n`);
    else if (isNews) process.stdout.write(`${sourceRow(told)}\n`);
  };
}
