/** What a spending rule is told of a frame before its tokens are chosen. */
export interface Moment {
  /** Presentation time, seconds, ascending. */
  readonly timeS: number;
  /** First frame of a stream, or first after a cut. */
  readonly scene: boolean;
  /** 0 (there is time) … 1 (a live source is about to lose frames): tokens must be worth more; see `stricter`. Default 0. */
  readonly pressure?: number;
}

/** What a frame may cost. */
export interface Allowance {
  /** What one token must gain to be sent, in cells × frames (see `ChannelSpread`), ≥ 0. */
  readonly price: number;
  /** Tokens at most, ≥ 1: a frame is never without one. */
  readonly most: number;
  /** Mean energy of a cell that may stay unsaid, cells: the price falls until it is met. Absent: no such bound. */
  readonly tau?: number;
}

/** Decides what each frame of one stream may cost. Called once a frame, in order: `allow`, then `spent`. */
export interface SpendingRule {
  allow(moment: Moment): Allowance;
  spent(tokens: number): void;
}
