import { levelColor, palette } from '../src/analyze/page/palette.ts';

type Name = keyof typeof palette;

const names = new Map(Object.entries(palette).map(([name, { light }]) => [light as string, name as Name]));
let known: Map<Name, string> | undefined;

/** A colour as it is on the reader's ground now, for canvases, which know no CSS variables. */
export function color(name: Name): string {
  known ??= new Map();
  const found = known.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  known.set(name, found);
  return found;
}

/** Of a scale, by its place in the ladder. */
export function scaleColor(level: number): string {
  return color(scaleName(level));
}

/** CSS variable of a scale's colour. */
export function scaleName(level: number): Name {
  return names.get(levelColor(level)) ?? 'ink';
}

/** The ground has changed. */
export function forgetColors(): void {
  known = undefined;
}
