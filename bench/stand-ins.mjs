/**
 * What the pipeline needs of an encoder, without one: always the same grid of the embedded encoder's shape. For figures
 * about everything else. The grid is made once, so that it costs nothing.
 */
export function noEncoder(facts) {
  const { gridSide: side, channels } = facts;
  const data = Float32Array.from({ length: side * side * channels }, (_, i) => Math.sin(i));
  return {
    facts,
    device: 'none',
    encode: () => Promise.resolve({ side, channels, data }),
    dispose: () => Promise.resolve(),
  };
}

/** Frames that are decoded already, as a source: for figures in which the decoder must not show. */
export function decodedSource(facts, frames) {
  return {
    facts,
    framesDecoded: frames.length,
    close: () => Promise.resolve(),
    async *frames(signal) {
      for (const frame of frames) {
        if (signal.aborted) return;
        // The encoder takes the buffer, so every round needs its own.
        yield { ...frame, data: frame.data.slice() };
      }
    },
  };
}
