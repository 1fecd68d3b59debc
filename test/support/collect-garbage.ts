import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects all garbage now: when V8 does it by itself is V8's own affair, and no measure of what is kept. */
export const collectGarbage = runInNewContext('gc') as () => void;
