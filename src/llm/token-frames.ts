import { FramenestError } from '../errors.ts';
import type { Packet, PacketFrame } from '../media/packet.ts';
import { seconds } from '../media/timebase.ts';
import { pool } from '../scales/pool.ts';
import { GridRebuilder } from '../view/grid-rebuilder.ts';
import type { RebuiltFrame, TokenGeometry } from '../view/grid-rebuilder.ts';
import { misfit } from '../view/misfit.ts';
import { dequantize } from '../wire/quantize.ts';
import type { TokenContent, TokenOrigin, WindowFrame } from './window-frame.ts';

/** What a packet's tokens are, for a host's `check`. */
export function originOf({ header, channels }: Packet): TokenOrigin {
  return { encoder: header.encoder, stage: header.stage, channels };
}

/**
 * The frames of a packet whose frames are whole, as `layout: 'uniform'` gives them: each at its own scale, a hold as the
 * one token that came.
 * @returns values owned by the caller, each frame's in an array of its own
 * @throws FramenestError OPTION_INVALID where a frame is told by parts: see {@link GridFrames}; WIRE_MALFORMED where the
 * packet came without values, or a frame is no square
 */
export function tokenFrames(packet: Packet): WindowFrame<TokenContent>[] {
  const { frames, channels, dtype, tokens, tokenScale, position } = packet;
  if (channels === 0) throw valueless();
  const parts = frames.find(({ kind }) => kind === 'tree' || kind === 'refine');
  if (position || parts) throw inParts(parts?.kind ?? 'tree');
  const values = dequantize(tokens, channels, dtype, tokenScale);
  let row = 0;
  return frames.map((frame, index) => {
    const { tokens: rows } = frame;
    if (!Number.isInteger(Math.sqrt(rows))) throw misfit(`a whole frame of ${rows} tokens`);
    const own = values.slice(row * channels, (row + rows) * channels);
    row += rows;
    return windowFrame(packet, index, frame, { values: own, channels });
  });
}

/**
 * Frames of packets in any layout: what a receiver holds after each frame, pooled to a scale. A frame that spent n tokens,
 * wherever in the tree they are, gets the finest scale of the ladder with at most n tokens: its price stays what the
 * sender gave, and its picture is the whole one. A hold is one token.
 *
 * Feed it every packet, in order; a new epoch starts anew by itself.
 */
export class GridFrames {
  readonly #geometry: TokenGeometry;
  readonly #rebuilder: GridRebuilder;

  /** @throws FramenestError LADDER_INVALID */
  constructor(geometry: TokenGeometry) {
    this.#geometry = geometry;
    this.#rebuilder = new GridRebuilder(geometry);
  }

  /**
   * The frames of the next packet.
   * @returns values owned by the caller
   * @throws FramenestError WIRE_MALFORMED where the packet does not fit the stream, or came without values
   */
  frames(packet: Packet): WindowFrame<TokenContent>[] {
    const frames: WindowFrame<TokenContent>[] = [];
    for (const rebuilt of this.#rebuilder.receive(packet)) {
      frames.push(gridFrame(packet, frames.length, rebuilt, this.#geometry.ladder));
    }
    return frames;
  }

  /** After a gap of a subscription with `key`: the next packet tells the whole grid. */
  restart(): void {
    this.#rebuilder.restore();
  }
}

/**
 * One frame of {@link GridFrames}, from a grid that was rebuilt elsewhere (`Client.rebuilt`).
 * @param index - of the frame in its packet
 * @param ladder - tokens of each scale, coarsest first; the last is the grid's
 * @returns values owned by the caller
 */
export function gridFrame(
  packet: Packet,
  index: number,
  { frame, side, grid }: RebuiltFrame,
  ladder: readonly number[],
): WindowFrame<TokenContent> {
  const { channels } = packet;
  const spent = frame.kind === 'hold' ? 1 : frame.tokens;
  const tokens = ladder.findLast((scale) => scale <= spent) ?? 1;
  const values = pool(grid, side, Math.sqrt(tokens), channels, new Float32Array(tokens * channels));
  return windowFrame(packet, index, { ...frame, tokens }, { values, channels });
}

function windowFrame(
  { header, frames }: Packet,
  index: number,
  { pts, tokens }: PacketFrame,
  content: TokenContent,
): WindowFrame<TokenContent> {
  const { stream, epoch, sequence, timebase, wallclockUs } = header;
  const id = `${stream}/${epoch}/${sequence}${frames.length > 1 ? `/${index}` : ''}`;
  // The packet tells the wall clock of its first frame; the others are as much later as they are in the video.
  const later = seconds(pts - (frames[0]?.pts ?? pts), timebase) * 1000;
  const wallclock = wallclockUs === undefined ? {} : { wallclockMs: Number(wallclockUs) / 1000 + later };
  return { id, atS: seconds(pts, timebase), ...wallclock, tokens, content };
}

function valueless(): FramenestError {
  return new FramenestError('WIRE_MALFORMED', {
    what: 'A packet came without the values of its tokens.',
    mend: 'Subscribe with values: true.',
  });
}

function inParts(kind: PacketFrame['kind']): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what: `A packet of kind ${kind} tells only parts of its frame.`,
    mend: "Subscribe with layout: 'uniform', or use GridFrames.",
  });
}
