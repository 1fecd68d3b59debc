import type { Client } from '../client/client.ts';
import type { SubscribeOptions } from '../client/subscribe-options.ts';
import { frameHead, frameRows, noteRow } from './render/frame-rows.ts';
import type { Totals } from './render/totals.ts';

/**
 * Follows a stream and prints a line a frame: for people a table, for programs one JSON object.
 * @returns what was received, counted here and not taken from the server
 */
export async function follow(
  client: Client,
  stream: string,
  options: SubscribeOptions,
  json: boolean,
): Promise<Totals> {
  const totals = { frames: 0, tokens: 0, held: 0, scales: {} as Record<string, number> };
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (!json) print(frameHead());
  for await (const item of client.subscribe(stream, options)) {
    if (item.type === 'packet') {
      const { header, frames, dtype, channels } = item.packet;
      if (json) print(JSON.stringify({ type: 'packet', ...header, dtype, channels, frames }, bigintAsText));
      else frameRows(item.packet, totals.tokens).forEach(print);
      for (const frame of frames) {
        totals.frames++;
        totals.tokens += frame.tokens;
        totals.held += frame.kind === 'hold' ? 1 : 0;
        totals.scales[frame.tokens] = (totals.scales[frame.tokens] ?? 0) + 1;
      }
    } else if (json) {
      print(JSON.stringify(item));
    } else if (item.type !== 'end') {
      print(noteRow(item));
    }
  }
  return totals;
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
