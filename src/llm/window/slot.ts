/** What a cut must know of a held frame; a window's frames from the oldest to the newest. */
export interface Slot {
  readonly tokens: number;
  /** 1 unless it was merged. */
  readonly frames: number;
  /** Of its first and its last frame, seconds of the stream's own time. */
  readonly atS: number;
  readonly untilS: number;
  /** The same on a clock that never goes back, whatever epochs there were: ages are counted on it. */
  readonly clockS: number;
  readonly untilClockS: number;
  /** Counts up where the stream's time starts anew; frames of two segments are never merged. */
  readonly segment: number;
  readonly pinned: boolean;
}

/** Neighbours that become one held frame: slots `from` … `to − 1`, more than one only where they are merged. */
export interface SlotGroup {
  readonly from: number;
  readonly to: number;
  /** Tokens from now on, a scale of the ladder. */
  readonly tokens: number;
}
