/** What a user can mend is one sentence, not a stack. */
export function explainFailures() {
  process.on('uncaughtException', (error) => {
    const known = error instanceof RangeError || error.code !== undefined;
    process.stderr.write(`${known ? error.message : error.stack}\n`);
    process.exit(1);
  });
}

/** @param {string} text a flag's value */
export function positive(text) {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`${text} is not a number above 0.`);
}

/**
 * Options of `openEncoder`.
 * @param {string | undefined} path of a model card
 */
export function card(path) {
  return path ? { card: path } : {};
}

/**
 * What a result says of its encoder.
 * @param {import('framenest').VisionEncoder} encoder
 */
export function factsOf({ facts: { name, digest, gridSide, channels }, device }) {
  return { name, digest, gridSide, channels, device };
}
