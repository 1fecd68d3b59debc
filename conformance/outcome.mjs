// How a check ends: it returns what was seen, or throws one of these.

/** What was seen is not what docs/protocol.md says. */
export class Failed extends Error {}

/** There was nothing to see; the message says why. */
export class Skipped extends Error {}

/** @param seen - what was seen instead, as words */
export function must(holds, seen) {
  if (!holds) throw new Failed(seen);
}

/** @param why - what the server or its stream would need for the check to mean something */
export function needs(holds, why) {
  if (!holds) throw new Skipped(why);
}
