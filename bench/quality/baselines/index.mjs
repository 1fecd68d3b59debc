import { cls3x3 } from './cls-3x3.mjs';
import { downsampling } from './downsampling.mjs';
import { dtdOtsu } from './dtd-otsu.mjs';
import { dtd } from './dtd.mjs';
import { everyKth } from './every-kth.mjs';
import { evsCausal } from './evs-causal.mjs';
import { evsOffline } from './evs-offline.mjs';
import { fixedScale } from './fixed-scale.mjs';
import { keyframes } from './keyframes.mjs';
import { random } from './random.mjs';

/**
 * Every published or simple rule that the policies are measured against.
 * @type {import('../method.mjs').Method[]}
 */
export const baselines = [
  fixedScale,
  everyKth,
  cls3x3,
  dtd,
  dtdOtsu,
  evsOffline,
  evsCausal,
  keyframes,
  downsampling,
  random,
];
