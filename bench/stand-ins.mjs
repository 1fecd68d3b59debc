/**
 * What the pipeline needs of an encoder, without one: always the same features, in the embedded encoder's shape. For
 * figures about everything else. They are made once a scale, so that they cost nothing.
 */
export function noEncoder(facts) {
  const { gridSide, channels } = facts;
  const grids = new Map();
  const make = (side) => Float32Array.from({ length: side * side * channels }, (_, i) => Math.sin(i));
  const encode = (_, side = gridSide) => {
    if (!grids.has(side)) grids.set(side, { side, channels, data: make(side) });
    return Promise.resolve(grids.get(side));
  };
  return { facts, device: 'none', encode, dispose: () => Promise.resolve() };
}

/** Frames that are decoded already, as a source: for figures in which the decoder must not show. */
export function decodedSource(facts, frames) {
  return {
    facts,
    counts: { decoded: frames.length, discarded: 0, skipped: 0 },
    recycle: () => undefined,
    close: () => Promise.resolve(),
    async *frames(signal) {
      for (const frame of frames) {
        if (signal.aborted) return;
        yield frame;
      }
    },
  };
}
