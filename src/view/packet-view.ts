import type { Packet, PacketFrame, TokenDtype } from '../media/packet.ts';
import { ceiling } from '../media/token-scale.ts';
import type { Ladder, TokenScale } from '../media/token-scale.ts';
import { cappedLadder, makeLadder } from '../scales/ladder.ts';
import type { LayoutName } from '../scales/layout.ts';
import { cellOf, levelOf } from '../scales/scale-tree.ts';
import type { QuantizedTokens } from '../wire/quantize.ts';
import type { TokenGeometry } from './grid-rebuilder.ts';
import { misfit } from './misfit.ts';
import type { AnyTokens } from './token-values.ts';
import { allTokens, blockTokens, gridTokens, joinedTokens, pooledTokens, someTokens } from './token-values.ts';
import { FROM_GRID, coarsened, finestLevel } from './told-tokens.ts';
import type { ToldTokens } from './told-tokens.ts';

/** What must be known of a stream to show its packets. */
export interface ViewGeometry extends TokenGeometry {
  /** Number format of its packets, where all of them have the same. */
  readonly dtype?: TokenDtype | undefined;
  /** Shape of its frames, where it is known. */
  readonly layout?: LayoutName | undefined;
}

/** What a view changes. */
export interface ViewChange {
  /** Levels of the ladder that remain, ≥ 1. */
  readonly levels: number;
  /** Whether every frame comes whole, at one scale. */
  readonly whole: boolean;
  /** Another number format. */
  readonly dtype: TokenDtype | undefined;
  readonly values: boolean;
  /** A standing question, see `QueryView`. */
  readonly query?: string;
}

/** X̂ after a packet: `[side², channels]` at the finest scale of the stream's ladder, see `ReceiverGrid.held`. Read only. */
export type HeldGrid = Float32Array | undefined;

/**
 * What a subscriber sees of a stream that was encoded once: its packets pooled to fewer scales, whole, in another number
 * format, or without values. Every method is a function of the packet and X̂ alone, so that equal views give equal bytes,
 * to everybody and on every replay.
 *
 * A receiver of the view (`GridRebuilder` with the view's `ladder`) holds Y, and Y − P X̂ =: e is only rounding, P X̂ being
 * the full receiver's grid pooled to the view's finest scale. A token over a block makes of e there e − mean(e) + q, with q
 * the rounding of this one token (and float32's): it takes away what the tokens before left in the mean. So roundings
 * replace each other and do not add up. A token of the view's finest scale leaves q alone. In its own number format
 * a coarser token passes with q = 0.
 *
 * Where the layout is made uniform, a hold stays one token and says nothing, also where it told of a detail in the tree: a
 * frame in which nothing happens must not cost a whole grid. Such a detail comes with the next frame that tells of its
 * scale; until then Y is that much older.
 */
export class PacketView {
  /** Equal for equal views of a stream: packets shown can be kept by it. */
  readonly key: string;
  /** Tokens of each scale that remains, coarsest first. */
  readonly ladder: readonly number[];
  /** Whether `show` needs X̂; where it does not, each packet stands alone. */
  readonly needsGrid: boolean;
  /** The stream's scales that remain. */
  readonly scales: Ladder;
  readonly #stream: Ladder;
  readonly #channels: number;
  readonly #change: ViewChange;

  /** @throws FramenestError LADDER_INVALID */
  constructor(geometry: ViewGeometry, change: ViewChange) {
    const { ladder, gridSide, channels } = geometry;
    const { levels, whole, dtype, values } = change;
    const asked = change.query === undefined ? [] : [change.query];
    this.ladder = ladder.slice(0, levels);
    this.key = [this.ladder.at(-1), whole ? 'whole' : 'as-is', dtype ?? 'as-is', values, ...asked].join('/');
    const pools = values && geometry.layout !== 'uniform' && (levels < ladder.length || whole);
    this.needsGrid = pools || change.query !== undefined;
    this.#stream = makeLadder(gridSide, ladder);
    this.scales = cappedLadder(this.#stream, this.ladder.at(-1) ?? 0);
    this.#channels = channels;
    this.#change = change;
  }

  /**
   * A packet as its subscriber sees it: the packet itself where nothing changes.
   * @param packet - of one frame
   * @param grid - X̂ after this packet; may be missing where `needsGrid` is false
   * @param most - most tokens of a scale, for now. What it leaves out is owed: `Throttle` keeps account
   * @returns sequence, pts, change and dropped frames as they were; tokens that pass are the packet's own bytes
   * @throws FramenestError WIRE_MALFORMED where the packet does not fit the stream
   */
  show(packet: Packet, grid: HeldGrid, most = Infinity): Packet {
    const cap = this.levelWithin(most);
    const told = this.told(packet);
    if (told) return this.tell(packet, grid, coarsened(this.#stream, told, cap));
    const own = this.wholeLevel(packet);
    if (own === undefined) return packet.position ? this.#silent(packet, grid) : this.#passed(packet);
    const level = Math.min(own, cap);
    if (packet.position) return this.#fromGrid(packet, grid, level);
    return this.ladder[level] === packet.frames[0]?.scale ? this.#passed(packet) : this.#pooled(packet, level);
  }

  /**
   * A packet that tells the whole of X̂, at the finest scale of the view: for who joins, or after a gap. Who starts with it
   * holds what one holds who was there from the start: the same bits where no scale is left out and the numbers are F32,
   * else within the roundings that the class tells of.
   * @param grid - X̂ after this packet
   * @param most - most tokens, for now
   * @throws FramenestError WIRE_MALFORMED where the packet does not fit the stream
   */
  keyPacket(packet: Packet, grid: HeldGrid, most = Infinity): Packet {
    return this.#fromGrid(packet, grid, this.levelWithin(most));
  }

  /** The finest level with at most so many tokens; level 0, of one token, where there is none. */
  levelWithin(tokens: number): number {
    const level = this.ladder.findLastIndex((scale) => scale <= tokens);
    return Math.max(0, level);
  }

  /**
   * What a frame tells in this view where it stays a cut of the tree; `undefined` where it is shown whole, or as a hold.
   * The second argument is X̂ after this packet, where `needsGrid`.
   */
  told(...[packet]: [packet: Packet, grid?: HeldGrid]): ToldTokens | undefined {
    this.#frameOf(packet);
    if (!packet.position || this.#change.whole) return undefined;
    const told: ToldTokens = new Map();
    for (const [row, position] of packet.position.entries()) told.set(this.#checked(position), row);
    return coarsened(this.#stream, told, this.ladder.length - 1);
  }

  /** What a key packet tells, in a view where it is a cut of the tree and not the whole grid at one scale. */
  toldByKey?(packet: Packet, grid: HeldGrid): ToldTokens;

  /** Whether a change inside this block of the scale tree is told, as `told` last saw it; where not, only the block's mean is. */
  readonly looksInto: (block: number) => boolean = () => true;

  /** The level of a frame that `told` says nothing of; `undefined` where it is a hold. */
  wholeLevel(packet: Packet): number | undefined {
    const { kind, scale } = this.#frameOf(packet);
    if (kind === 'hold') return undefined;
    const own = packet.position
      ? finestLevel([...packet.position].map((position) => this.#checked(position)))
      : this.#stream.scales.findIndex(({ tokens }) => kind === 'uniform' && tokens === scale);
    if (own < 0) throw misfit(`a frame of kind ${kind} at ${scale} tokens`);
    return Math.min(own, this.ladder.length - 1);
  }

  /**
   * A cut of the tree with these tokens: the packet's own first, then means of X̂.
   * @param told - positions of this view's ladder, at least one
   */
  tell(packet: Packet, grid: HeldGrid, told: ToldTokens): Packet {
    const { kind, tokens } = this.#frameOf(packet);
    const own = [...told].filter(([, row]) => row !== FROM_GRID);
    if (own.length === tokens && own.length === told.size) return this.#passed(packet);
    const blocks = [...told.keys()].filter((position) => told.get(position) === FROM_GRID);
    const position = Int32Array.from([...own.map(([at]) => at), ...blocks]);
    const scale = this.ladder[finestLevel(position)] ?? 1;
    const hold = kind === 'hold' && position.length === 1;
    const frame = hold ? { scale: 1, tokens: 1 } : { kind: 'tree' as const, scale, tokens: position.length };
    const values = (dtype: TokenDtype): QuantizedTokens => {
      const rows = own.map(([, row]) => row);
      const passed = someTokens(packet, rows, dtype);
      return blocks.length === 0
        ? passed
        : joinedTokens(passed, blockTokens(this.#gridOf(grid), this.#stream, blocks, this.#channels, dtype));
    };
    return this.#made(packet, frame, values, position);
  }

  #passed(packet: Packet): Packet {
    const { dtype = packet.dtype, values } = this.#change;
    if (values && dtype === packet.dtype) return packet;
    return this.#made(packet, {}, () => allTokens(packet, dtype), packet.position);
  }

  #pooled(packet: Packet, level: number): Packet {
    const { side, tokens } = this.#scaleAt(level);
    const from = Math.sqrt(this.#frameOf(packet).scale);
    return this.#made(packet, { scale: tokens, tokens }, (dtype) => pooledTokens(packet, from, side, dtype));
  }

  #fromGrid(packet: Packet, grid: HeldGrid, level: number): Packet {
    const { side, tokens } = this.#scaleAt(level);
    return this.#made(packet, { kind: 'uniform', scale: tokens, tokens }, (dtype) =>
      gridTokens(this.#gridOf(grid), this.#stream, side, this.#channels, dtype),
    );
  }

  /** A hold in a layout without positions: one token, the mean of what the receiver holds. */
  #silent(packet: Packet, grid: HeldGrid): Packet {
    return this.#made(packet, {}, (dtype) => gridTokens(this.#gridOf(grid), this.#stream, 1, this.#channels, dtype));
  }

  #made(
    packet: Packet,
    change: Partial<PacketFrame>,
    values: (dtype: TokenDtype) => AnyTokens,
    position?: Int32Array,
  ): Packet {
    const dtype = this.#change.dtype ?? packet.dtype;
    const shown = {
      header: packet.header,
      frames: [{ ...this.#frameOf(packet), ...change }],
      dtype,
      ...(position && { position }),
    };
    if (!this.#change.values) return { ...shown, channels: 0, tokens: new Uint8Array(0) };
    const { bytes, scale } = values(dtype);
    return { ...shown, channels: this.#channels, tokens: bytes, ...(scale && { tokenScale: scale }) };
  }

  #frameOf({ frames, channels }: Packet): PacketFrame {
    const [frame, ...others] = frames;
    if (!frame || others.length > 0) throw misfit(`${frames.length} frames, where one is shown at a time`);
    if (channels !== this.#channels) throw misfit(`${channels} channels instead of ${this.#channels}`);
    return frame;
  }

  #checked(position: number): number {
    const tokens = this.#stream.scales[levelOf(position)]?.tokens ?? 0;
    if (position < 0 || cellOf(position) >= tokens)
      throw misfit(`a token at position ${position}, outside of the ladder`);
    return position;
  }

  #scaleAt(level: number): TokenScale {
    const scale = this.#stream.scales[level];
    if (!scale) throw new RangeError(`No level ${level} in this ladder.`);
    return scale;
  }

  #gridOf(grid: HeldGrid): Float32Array {
    const length = ceiling(this.#stream).tokens * this.#channels;
    if (grid?.length !== length) {
      throw new RangeError(
        `This packet is shown from the receiver's grid of ${length} values, not ${grid?.length ?? 'none'}.`,
      );
    }
    return grid;
  }
}
