import type { QueryRelevance } from '../media/query-reader.ts';
import { ceiling } from '../media/token-scale.ts';
import type { Ladder } from '../media/token-scale.ts';
import type { Packet } from '../media/packet.ts';
import { parentCell } from '../scales/pool.ts';
import { cutAround, keptCells } from '../scales/query-cut.ts';
import { makeLadder } from '../scales/ladder.ts';
import { cellOf, levelOf, positionOf } from '../scales/scale-tree.ts';
import { PacketView } from './packet-view.ts';
import type { HeldGrid, ViewChange, ViewGeometry } from './packet-view.ts';
import { FROM_GRID, coarsened } from './told-tokens.ts';
import type { ToldTokens } from './told-tokens.ts';

/** Where a view stands. */
interface Place {
  readonly sequence: number;
  readonly epoch: number;
  /** Level of the token that covers each cell, `[side²]`, of the stream's ladder: see `cutAround`. */
  readonly cut: Uint8Array;
  /** The cut before this packet; none where nothing was held, or nothing is known of it. */
  readonly before: Uint8Array | undefined;
}

/**
 * What a subscriber with a standing question sees. X̂ and the question make a cut of the scale tree (`keptCells`), and a
 * frame tells, along this cut, what its packet told: tokens inside one of the cut's blocks become the block's mean. Where the
 * cut has become finer since the packet before, the new parts are told too, from X̂, whether they moved or not.
 *
 * So after every packet the receiver's mean of each of the cut's blocks is that of X̂, within roundings: a token over several
 * blocks moves them as it moves X̂'s, a block that was made of finer ones has their mean, and all else is told. What a
 * receiver holds of a coarse block's inside may be old.
 *
 * A packet's bytes are a function of the packet, of X̂ before and after it, and of the question. X̂ before it is known
 * where the packets come in order; where they do not, `follow` tells.
 */
export class QueryView extends PacketView {
  readonly #query: QueryRelevance;
  readonly #channels: number;
  readonly #stream: Ladder;
  #place: Place | undefined;

  /** @throws FramenestError LADDER_INVALID */
  constructor(geometry: ViewGeometry, change: Omit<ViewChange, 'whole'>, query: QueryRelevance) {
    super(geometry, { ...change, whole: false, query: query.text });
    this.#query = query;
    this.#channels = geometry.channels;
    this.#stream = makeLadder(geometry.gridSide, geometry.ladder);
  }

  /** Whether the packet before this one was shown last, or told of by `follow`. */
  follows({ header: { sequence } }: Packet): boolean {
    return this.#place !== undefined && (this.#place.sequence === sequence - 1 || this.#place.sequence === sequence);
  }

  /**
   * What a receiver of all packets held before one that does not follow the last one shown.
   * @param grid - X̂ before this packet, in its epoch
   */
  follow({ header: { sequence, epoch } }: Packet, grid: Float32Array): void {
    this.#place = { sequence: sequence - 1, epoch, cut: this.#cutOf(grid), before: undefined };
  }

  /** See {@link PacketView.show}: a cut of the tree in both layouts of the stream. */
  override show(packet: Packet, grid: HeldGrid, most = Infinity): Packet {
    return this.#tellWithin(packet, grid, this.told(packet, grid), most);
  }

  /** A packet that tells the whole of the cut: for who joins, or after a gap. See {@link PacketView.keyPacket}. */
  override keyPacket(packet: Packet, grid: HeldGrid, most = Infinity): Packet {
    return this.#tellWithin(packet, grid, this.toldByKey(packet, grid), most);
  }

  /** See {@link PacketView.told}: of every frame. */
  override told(packet: Packet, grid: HeldGrid): ToldTokens {
    const told = super.told(packet) ?? this.#toldWhole(packet);
    const { cut, before } = this.#placeAt(packet, grid);
    const finer = new Set(
      before ? this.#leaves(cut).filter((leaf) => this.#levelAt(before, leaf) < levelOf(leaf)) : [],
    );
    const along: ToldTokens = new Map();
    for (const [position, row] of told) this.#tellAlong(along, { position, row, cut, finer });
    for (const leaf of finer) if (!along.has(leaf)) along.set(leaf, FROM_GRID);
    return along;
  }

  /** See {@link PacketView.toldByKey}: all blocks of the cut. */
  override toldByKey(packet: Packet, grid: HeldGrid): ToldTokens {
    const { cut } = this.#placeAt(packet, grid);
    return new Map(this.#leaves(cut).map((leaf) => [leaf, FROM_GRID]));
  }

  /** See {@link PacketView.looksInto}: into what the cut splits. */
  override readonly looksInto = (block: number): boolean =>
    this.#place === undefined || this.#levelAt(this.#place.cut, block) > levelOf(block);

  #tellWithin(packet: Packet, grid: HeldGrid, told: ToldTokens, most: number): Packet {
    return this.tell(packet, grid, coarsened(this.scales, told, this.levelWithin(most)));
  }

  /** A token as it is where the cut is as fine there, or as the block that holds it; by parts where some are told anew. */
  #tellAlong(along: ToldTokens, told: { position: number; row: number; cut: Uint8Array; finer: Set<number> }): void {
    const { position, row, cut, finer } = told;
    const level = this.#levelAt(cut, position);
    if (level < levelOf(position)) {
      along.set(this.#leafAt(cut, this.#firstCell(position)), FROM_GRID);
      return;
    }
    const parts = level === levelOf(position) ? [] : this.#leavesIn(cut, position);
    if (parts.some((part) => finer.has(part))) for (const part of parts) along.set(part, FROM_GRID);
    else along.set(position, row);
  }

  /** A frame without positions as tokens of the tree; a hold is the one token of the coarsest scale. */
  #toldWhole(packet: Packet): ToldTokens {
    const level = this.wholeLevel(packet);
    const [frame] = packet.frames;
    if (level === undefined) return new Map([[positionOf(0, 0), 0]]);
    const tokens = this.ladder[level] ?? 1;
    const own = frame?.scale === tokens;
    return new Map(Array.from({ length: tokens }, (_, i) => [positionOf(level, i), own ? i : FROM_GRID]));
  }

  #placeAt(packet: Packet, grid: HeldGrid): Place {
    const { sequence, epoch } = packet.header;
    const last = this.#place;
    if (last?.sequence === sequence && last.epoch === epoch) return last;
    if (!grid) throw new RangeError("A query is answered from the receiver's grid.");
    const before = last?.sequence === sequence - 1 && last.epoch === epoch ? last.cut : undefined;
    this.#place = { sequence, epoch, cut: this.#cutOf(grid), before };
    return this.#place;
  }

  /** The stream's cut, no finer than this view. */
  #cutOf(grid: Float32Array): Uint8Array {
    const finest = this.ladder.length - 1;
    const cut = cutAround(this.#stream, keptCells(grid, this.#channels, this.#query));
    return cut.map((level) => Math.min(level, finest));
  }

  #leaves(cut: Uint8Array): number[] {
    return [...new Set(Array.from(cut, (_, cell) => this.#leafAt(cut, cell)))];
  }

  #leavesIn(cut: Uint8Array, position: number): number[] {
    const { side } = ceiling(this.#stream);
    const own = this.#sideAt(levelOf(position));
    const inside = Array.from(cut.keys()).filter((cell) => parentCell(cell, side, own) === cellOf(position));
    return [...new Set(inside.map((cell) => this.#leafAt(cut, cell)))];
  }

  #leafAt(cut: Uint8Array, cell: number): number {
    const level = cut[cell] ?? 0;
    return positionOf(level, parentCell(cell, ceiling(this.#stream).side, this.#sideAt(level)));
  }

  /** The cut's level at the first cell of a block. */
  #levelAt(cut: Uint8Array, position: number): number {
    return cut[this.#firstCell(position)] ?? 0;
  }

  #firstCell(position: number): number {
    const { side } = ceiling(this.#stream);
    const own = this.#sideAt(levelOf(position));
    const cell = cellOf(position);
    return (Math.floor(cell / own) * side + (cell % own)) * (side / own);
  }

  #sideAt(level: number): number {
    return this.#stream.scales[level]?.side ?? 1;
  }
}
