import { bootstrapMean } from './bootstrap.mjs';
import { recallOf } from './events.mjs';
import { mean } from './mean.mjs';
import { policies } from './policies.mjs';

/**
 * Means over the clips of each content class, with 95 % intervals by bootstrap over clips.
 * @param {readonly ReturnType<typeof import('./measure-clip.mjs').measureClip>[]} clips
 * @param {number} seed
 */
export function summarise(clips, seed) {
  const classes = [...new Set(clips.map((clip) => clip.class))].sort();
  const of = (kind) => clips.filter((clip) => clip.class === kind);
  const headline = policies[0].name;
  return {
    method: headline,
    classes: Object.fromEntries(
      classes.map((kind) => [
        kind,
        {
          clips: of(kind).length,
          bdRate: meansOf(of(kind), (clip) => clip.bdRate, seed),
          ...(of(kind).some((clip) => clip.secondEncoder) && {
            secondEncoder: meansOf(of(kind), (clip) => clip.secondEncoder?.bdRate ?? {}, seed),
          }),
          encoderRunsSkipped: mean(of(kind).map((clip) => clip.cost.encoderRunsSkipped)),
        },
      ]),
    ),
    oracleGapClosed: meansOf(
      clips.filter((clip) => clip.oracle),
      ({ oracle }) => Object.fromEntries(Object.entries(oracle).map(([name, { closed }]) => [name, closed])),
      seed,
    ),
    shuffledGapClosed: meansOf(
      clips.filter((clip) => clip.oracle),
      ({ oracle }) => Object.fromEntries(Object.entries(oracle).map(([name, { shuffled }]) => [name, shuffled])),
      seed,
    ),
    events: summariseEvents(clips.map(({ events }) => events)),
  };
}

/** Sides of patches, in cells, that metric Q4 has an aim for. */
const AIMED = 2;

/**
 * All events of all clips together, since short clips have few.
 * @param {readonly Record<string, import('./reactions.mjs').MethodEvents>[]} clips
 * @returns {Record<string, { tokensPerFrame: number, tokensPerFrameWithEvents: number, sides: Record<number, import('./events.mjs').Recall>, aimed: import('./events.mjs').Recall }>}
 *   by method; tokens a frame are a mean over clips; `aimed`: patches of side 2 and more
 */
export function summariseEvents(clips) {
  const latencies = (some) => some.flatMap((recall) => recall.latencies.map((latency) => latency ?? undefined));
  return Object.fromEntries(
    Object.keys(clips[0]).map((name) => {
      const of = (side) => latencies(clips.map((events) => events[name].sides[side]));
      const sides = Object.keys(clips[0][name].sides).map(Number);
      return [
        name,
        {
          tokensPerFrame: mean(clips.map((events) => events[name].tokensPerFrame)),
          tokensPerFrameWithEvents: mean(clips.map((events) => events[name].tokensPerFrameWithEvents)),
          sides: Object.fromEntries(sides.map((side) => [side, recallOf(of(side))])),
          aimed: recallOf(sides.filter((side) => side >= AIMED).flatMap(of)),
        },
      ];
    }),
  );
}

/** For each name that any clip has a number under: the mean and its interval. */
function meansOf(clips, pick, seed) {
  const names = [...new Set(clips.flatMap((clip) => Object.keys(pick(clip))))];
  const values = (name) => clips.map((clip) => pick(clip)[name]).filter((value) => Number.isFinite(value));
  return Object.fromEntries(
    names.filter((name) => values(name).length > 0).map((name) => [name, bootstrapMean(values(name), { seed })]),
  );
}
