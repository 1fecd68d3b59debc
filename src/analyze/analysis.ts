import { ChangeDetector } from '../change/change-detector.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { policyOf } from '../pipeline/choosers.ts';
import { parsePipelineOptions } from '../pipeline/pipeline-options.ts';
import type { ScalePolicy } from '../scales/scale-policy.ts';
import { laddersOf, lineUp } from './contenders/line-up.ts';
import type { Ladders, LineUp } from './contenders/line-up.ts';
import { FrameViews } from './frame-views.ts';
import { ErrorTable } from './figures/error-table.ts';
import { FeatureMoments } from './figures/feature-moments.ts';
import { ScaleErrors, addSquaredDistance, subtract } from './figures/scale-errors.ts';
import { Score } from './score-board.ts';

/** What is kept of one frame beside its row of errors. */
export interface FrameNote {
  /** Presentation time, seconds. */
  readonly timeS: number;
  readonly change: number;
  readonly cut: boolean;
  readonly still: boolean;
  readonly treeTokens: number;
}

/**
 * Takes in a clip frame by frame and keeps sums: every contender runs beside the others on the same features, which are
 * let go after each frame. What grows with the clip is one note and one row of errors a frame.
 */
export class Analysis {
  readonly ladders: Ladders;
  readonly moments: FeatureMoments;
  readonly notes: FrameNote[] = [];
  readonly scores: readonly Score[];
  /**
   * For each frame: what each scale but the finest leaves alone, what each leaves updating the reference's receiver, and
   * what the reference's tree left.
   */
  readonly table: ErrorTable;
  /** Σ_t ‖X − Π_s X‖² for each scale, `[channels]` each. */
  readonly floors: readonly Float64Array[];
  readonly #lineUp: LineUp;
  readonly #views: FrameViews;
  readonly #gate: ScalePolicy;
  readonly #detector: ChangeDetector;
  /** X − X̂ of the reference before it takes a frame, and what each scale would leave of it. */
  readonly #residual: Float32Array;
  readonly #updating: ScaleErrors;
  readonly #left: Float64Array;

  /** @throws FramenestError LADDER_INVALID */
  constructor({ facts }: Pick<VisionEncoder, 'facts'>) {
    const { gridSide, inputSide, channels } = facts;
    const options = parsePipelineOptions({ policy: 'fidelity' });
    this.ladders = laddersOf(gridSide);
    const { whole, usual, finest } = this.ladders;
    this.#lineUp = lineUp(this.ladders, facts, options);
    const { contenders, reference } = this.#lineUp;
    this.moments = new FeatureMoments(gridSide ** 2, channels);
    this.scores = contenders.map((contender) => new Score(contender, gridSide, channels));
    this.table = new ErrorTable(2 * (whole.scales.length - 1) + 1, channels);
    this.floors = whole.scales.map(() => new Float64Array(channels));
    this.#views = new FrameViews(
      whole,
      channels,
      contenders.map(({ side }) => side),
    );
    // As a pipeline of policy `fidelity` has it, so that what is recommended here costs the same there.
    this.#gate = policyOf(options, usual);
    this.#detector = new ChangeDetector({ frameSide: inputSide, ladder: usual, minSceneS: options.minSceneS });
    this.#residual = new Float32Array(reference.held.length);
    this.#updating = new ScaleErrors(
      finest.scales.map(({ side }) => side),
      channels,
    );
    this.#left = new Float64Array(channels);
  }

  /**
   * Takes in the next frame.
   * @param rgb - `inputSide² × 3` bytes, read only; not kept
   * @param features - `[gridSide², channels]`, read only; kept until the gate lets another frame through
   * @returns positions of the tokens that the reference tree takes; a view until the next frame
   */
  take(rgb: Uint8Array, timeS: number, features: Float32Array<ArrayBuffer>): Int32Array {
    const score = this.#detector.score(rgb, timeS);
    const { scale } = this.#gate.choose(score);
    this.#detector.sent(scale);
    const still = scale === undefined;
    const scene = score.first || score.cut;
    this.moments.add(features);
    this.#views.show(features, still);
    const { meansAt, seenAt, errors } = this.#views;
    const { reference } = this.#lineUp;
    this.#updating.measure(subtract(meansAt(reference.side), reference.held, this.#residual));
    const frame = { index: this.notes.length, moment: { timeS, scene }, rgb, still, meansAt, seenAt };
    let treeTokens = 0;
    for (const scoreOf of this.scores) {
      const tokens = scoreOf.contender.take(frame);
      scoreOf.add(tokens, meansAt(scoreOf.contender.side));
      if (scoreOf.contender === reference) treeTokens = tokens;
    }
    this.#keepErrors(errors.left);
    this.notes.push({ timeS, change: score.value, cut: score.cut, still, treeTokens });
    return reference.positions;
  }

  #keepErrors(alone: readonly Float64Array[]): void {
    const { reference } = this.#lineUp;
    const { gridSide } = this.ladders.whole;
    const share = (gridSide / reference.side) ** 2;
    const floor = alone[this.ladders.finest.scales.length - 1] ?? this.#left;
    // What is finer than the receiver's grid no update can mend: it comes on top of what the update leaves.
    const updating = alone.map((own, level) => {
      const left = this.#updating.left[level];
      return left === undefined ? own : left.map((error, c) => share * error + (floor[c] ?? 0));
    });
    addSquaredDistance(this.#views.meansAt(reference.side), reference.held, this.#left.fill(0));
    this.#left.forEach((error, c, errors) => (errors[c] = share * error + (floor[c] ?? 0)));
    for (const [level, own] of alone.entries()) {
      this.floors[level]?.forEach((sum, c, sums) => (sums[c] = sum + (own[c] ?? 0)));
    }
    this.table.add([...alone.slice(0, -1), ...updating.slice(0, -1), this.#left]);
  }
}
