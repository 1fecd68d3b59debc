import type { StateChange } from '../../client/link.ts';
import type { SubscriptionItem } from '../../client/subscription.ts';
import type { Packet } from '../../media/packet.ts';
import { formatTime, seconds } from '../../media/timebase.ts';
import { outColors } from './colors.ts';

const eighths = ' ▏▎▍▌▋▊▉█';

/** Width of the change score's bar, characters. */
const BAR = 10;

/** The head of the frame table. */
export function frameHead(): string {
  return outColors.bold(
    `${'time'.padEnd(12)} ${'change'.padEnd(17)} ${'kind'.padEnd(8)} ${'scale'.padStart(5)}  running tokens`,
  );
}

/**
 * One line a frame: time, change score with a bar, kind, scale, running tokens.
 * @param before - tokens of the stream before this packet
 */
export function frameRows({ frames, header }: Packet, before: number): string[] {
  let running = before;
  return frames.map((frame) => {
    running += frame.tokens;
    const change = `${frame.change.toFixed(3)} ${bar(frame.change)}`;
    const scale = String(frame.tokens).padStart(5);
    const line = `${formatTime(seconds(frame.pts, header.timebase)).padEnd(12)} ${change} ${frame.kind.padEnd(8)} ${shade(frame.tokens)(scale)}  ${running}`;
    return frame.droppedBefore > 0 ? `${line}  ${outColors.red(`${frame.droppedBefore} dropped before`)}` : line;
  });
}

/** A line between frames: what is missing here, or how fine the frames are from here on. */
export function noteRow(item: Extract<SubscriptionItem, { type: 'gap' | 'demoted' }>): string {
  if (item.type === 'gap') return `– ${item.frames} frames are missing here (${item.reason}) –`;
  return `– at most ${item.maxScale} tokens a frame from here on (${item.reason}) –`;
}

/** A line between frames: the connection is lost, or there again. */
export function stateRow({ state, error, pauseMs = 0 }: StateChange): string {
  if (state !== 'waiting') return '– connected again –';
  return `– not connected (${error?.code ?? 'CONNECTION_LOST'}), next try in ${(pauseMs / 1000).toFixed(1)} s –`;
}

/** Cool for few tokens, warm for many. */
function shade(tokens: number): (text: string) => string {
  if (tokens <= 1) return outColors.dim;
  if (tokens <= 9) return outColors.cyan;
  return tokens <= 36 ? outColors.yellow : outColors.magenta;
}

function bar(share: number): string {
  const steps = Math.round(Math.min(1, Math.max(0, share)) * BAR * 8);
  const full = '█'.repeat(Math.floor(steps / 8));
  const rest = steps % 8 === 0 ? '' : (eighths[steps % 8] ?? '');
  return (full + rest).padEnd(BAR + 1);
}
