import type { Curve, CurvePoint, CurvePolicy } from './analysis-report.ts';

const names: Record<CurvePolicy, string> = {
  fixed: 'same scale for every frame',
  'every-kth': 'every k-th frame',
  change: 'change',
  'fidelity-uniform': 'fidelity, whole frames',
  'fidelity-tree': 'fidelity, tree',
};

/** A curve as tables and plots call it. */
export function curveName({ policy, ceiling }: Pick<Curve, 'policy' | 'ceiling'>): string {
  return policy === 'fixed' ? names.fixed : `${names[policy]}, up to ${ceiling}`;
}

/** How `framenest run` is told; every k-th frame, a baseline, has no flags. */
export function curveFlags(
  { policy, ceiling }: Pick<Curve, 'policy' | 'ceiling'>,
  { setting }: Pick<CurvePoint, 'setting'>,
): string {
  switch (policy) {
    case 'every-kth':
      return '';
    case 'fixed':
      return `--policy fixed:${setting} --max-scale ${setting}`;
    case 'change':
      return `--policy change --max-scale ${ceiling} --price ${setting}`;
    case 'fidelity-uniform':
      return `--policy fidelity --layout uniform --max-scale ${ceiling} --price ${setting}`;
    case 'fidelity-tree':
      return `--policy fidelity --layout tree --max-scale ${ceiling} --price ${setting}`;
  }
}
