import type { Curve, CurvePoint, Recommendation } from './analysis-report.ts';
import { tokensAt } from './equal-distortion.ts';
import { curveFlags, curveName } from './policy-names.ts';

/** One setting of one curve. */
interface Offer {
  readonly curve: Curve;
  readonly point: CurvePoint;
}

/** What the sentence must know of the clip. */
export interface Clip {
  /** Share of the features' variance that may be lost, 0 … 1. */
  readonly tau: number;
  /** Frames per second as they came; absent for fewer than two. */
  readonly fps?: number;
}

/**
 * The cheapest setting measured that leaves no more than tau, in plain words; the one that leaves least where none does.
 * Every comparison is made at equal feature distortion, which is all that was measured.
 * @param curves - at least one with a point
 */
export function recommend(curves: readonly Curve[], { tau, fps }: Clip): Recommendation {
  // Every k-th frame is a baseline, no policy of ours.
  const ours = curves.filter(({ policy }) => policy !== 'every-kth');
  const offers = ours.flatMap((curve) => curve.points.map((point): Offer => ({ curve, point })));
  const within = offers.filter(({ point }) => point.distortion <= tau);
  const withinTau = within.length > 0;
  const best = withinTau
    ? within.reduce((a, b) => (b.point.tokensPerFrame < a.point.tokensPerFrame ? b : a))
    : offers.reduce((a, b) => (b.point.distortion < a.point.distortion ? b : a));
  const { curve, point } = best;
  const tokensPerHour = fps === undefined ? undefined : point.tokensPerFrame * fps * 3600;
  return {
    sentence: [need(best, withinTau, tau), cost(point, tokensPerHour, fps), beside(best, curves)].join(' '),
    flags: curveFlags(curve, point),
    policy: curve.policy,
    ceiling: ceilingOf(best),
    setting: point.setting,
    tokensPerFrame: point.tokensPerFrame,
    ...(tokensPerHour !== undefined && { tokensPerHour }),
    distortion: point.distortion,
    withinTau,
  };
}

/** The curve of fixed scales has another ceiling at every point. */
function ceilingOf({ curve, point }: Offer): number {
  return curve.policy === 'fixed' ? point.setting : curve.ceiling;
}

function need(offer: Offer, met: boolean, tau: number): string {
  const flags = curveFlags(offer.curve, offer.point);
  const what = `a ceiling of ${ceilingOf(offer)} tokens (${flags})`;
  const loses = `${percent(offer.point.distortion)} of the features' variance`;
  return met
    ? `To lose no more than ${percent(tau)} of the features' variance, this video needs ${what}, which loses ${loses}.`
    : `Nothing that was measured loses as little as ${percent(tau)} of the features' variance; nearest comes ${what}, which loses ${loses}.`;
}

function cost({ tokensPerFrame }: CurvePoint, perHour: number | undefined, fps: number | undefined): string {
  const perFrame = `That costs ${tokens(tokensPerFrame)} tokens per frame`;
  if (perHour === undefined || fps === undefined) return `${perFrame}.`;
  return `${perFrame}, ${Math.round(perHour).toLocaleString('en')} per hour at ${Number(fps.toFixed(2))} frames per second.`;
}

/** The other curves at the same distortion. */
function beside({ curve, point }: Offer, curves: readonly Curve[]): string {
  const others = curves.filter((other) => other !== curve);
  const reached = others.flatMap((other) => {
    const needed = tokensAt(other.points, point.distortion);
    return needed === undefined ? [] : [`"${curveName(other)}" ${tokens(needed)}`];
  });
  const never = others
    .filter((other) => tokensAt(other.points, point.distortion) === undefined)
    .map((other) => `"${curveName(other)}"`);
  const costs = reached.length === 0 ? '' : `At equal feature distortion ${list(reached)} tokens per frame are needed.`;
  const unable = never.length === 0 ? '' : `${capital(list(never))} cannot lose so little at any price measured.`;
  return [costs, unable].filter((part) => part !== '').join(' ');
}

function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

function tokens(count: number): string {
  return count < 100 ? count.toFixed(1) : count.toFixed(0);
}
