import type { Curve } from '../analysis-report.ts';

/** A colour of the page on a light and on a dark ground. */
interface Color {
  readonly light: string;
  readonly dark: string;
}

/** Every colour by its CSS name. The light ones stand in the plots and are replaced by the names: no two may be equal. */
export const palette = {
  ground: { light: '#ffffff', dark: '#14161b' },
  ink: { light: '#1f2430', dark: '#e7e9ef' },
  faint: { light: '#5f6675', dark: '#a0a7b6' },
  line: { light: '#d8dbe2', dark: '#3a3f4b' },
  fixed: { light: '#6e7480', dark: '#9aa1ae' },
  every: { light: '#a85b00', dark: '#e0a030' },
  change: { light: '#0067b3', dark: '#5bb0f0' },
  uniform: { light: '#7a3fc4', dark: '#bd93f5' },
  usual: { light: '#0b7d45', dark: '#4bc98a' },
  finest: { light: '#c2184f', dark: '#ff7aa2' },
  tau: { light: '#b00020', dark: '#ff8a80' },
  level0: { light: '#7f8ba3', dark: '#8b97ad' },
  level1: { light: '#2c7fb8', dark: '#56a8dd' },
  level2: { light: '#2a9d5b', dark: '#52c982' },
  level3: { light: '#e08a14', dark: '#f2ab45' },
  level4: { light: '#c51b7d', dark: '#ee6fb4' },
} as const satisfies Record<string, Color>;

/** Colours of the scales, coarsest first; a ladder with more goes round. */
const levels = [palette.level0, palette.level1, palette.level2, palette.level3, palette.level4];

/** Of a scale, to be put in a plot. */
export function levelColor(level: number): string {
  return (levels[level % levels.length] ?? palette.ink).light;
}

/** How a curve is drawn: colour, mark and dash, so that no two look alike without their colours either. */
export interface CurveStyle {
  readonly color: string;
  readonly mark: 'circle' | 'rect' | 'triangle' | 'diamond';
  readonly dash: 'solid' | 'dashed' | 'dotted';
}

/** Of a curve; `finest` is the ceiling of the tree that may use every scale. */
export function curveStyle({ policy, ceiling }: Pick<Curve, 'policy' | 'ceiling'>, finest: number): CurveStyle {
  switch (policy) {
    case 'fixed':
      return { color: palette.fixed.light, mark: 'rect', dash: 'dotted' };
    case 'every-kth':
      return { color: palette.every.light, mark: 'triangle', dash: 'dashed' };
    case 'change':
      return { color: palette.change.light, mark: 'diamond', dash: 'solid' };
    case 'fidelity-uniform':
      return { color: palette.uniform.light, mark: 'rect', dash: 'solid' };
    case 'fidelity-tree':
      return ceiling === finest
        ? { color: palette.finest.light, mark: 'circle', dash: 'solid' }
        : { color: palette.usual.light, mark: 'circle', dash: 'dashed' };
  }
}

/** The names of the colours in a plot in place of their light values, so that the page's own ground decides. */
export function themed(svg: string): string {
  return Object.entries(palette).reduce((text, [name, { light }]) => text.replaceAll(light, `var(--${name})`), svg);
}

/** The colours as CSS variables, dark ones where the reader's device asks for them. */
export function paletteCss(): string {
  const rules = (which: keyof Color): string =>
    Object.entries(palette)
      .map(([name, color]) => `--${name}:${color[which]}`)
      .join(';');
  return `:root{${rules('light')}}@media (prefers-color-scheme:dark){:root{${rules('dark')}}}`;
}
