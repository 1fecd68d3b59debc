/** A linear map from features to the space of a text tower's embeddings. */
export interface PatchProjection {
  /** `[size, channels]`, row-major. */
  readonly weights: Float32Array;
  readonly size: number;
  readonly channels: number;
  /** A layer norm before it. Default: none. */
  readonly norm?: PatchNorm | undefined;
}

/** Layer norm of a row: (x − mean) / √(variance + epsilon) × weight + bias. */
export interface PatchNorm {
  /** `[channels]`. */
  readonly weight: Float32Array;
  /** `[channels]`. */
  readonly bias: Float32Array;
  readonly epsilon: number;
}
