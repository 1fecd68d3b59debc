import { ContextWindow } from '#dist/llm/window/context-window.js';
import { tokenAging } from '#dist/llm/window/token-aging.js';
import type { ContextWindowOptions } from '#dist/llm/window/window-options.js';
import type { HeldFrame, TokenContent, WindowFrame, WindowView } from '#dist/llm/window-frame.js';
import fc from 'fast-check';
import { Random } from '../../support/random.ts';

export const LADDER = [1, 4, 16];
export const CHANNELS = 2;

/** One frame of a made-up stream, and what is done about pins after it. */
export interface Step {
  readonly tokens: number;
  readonly laterS: number;
  readonly anew: boolean;
  readonly pin: 'this' | 'earlier' | 'release' | undefined;
}

/** Frames of all scales, mostly in a steady rhythm, some in a new epoch, some pinned. */
export const anySteps = (pins: boolean): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      tokens: fc.constantFrom(...LADDER, 16),
      laterS: fc.oneof({ weight: 6, arbitrary: fc.constant(0.2) }, fc.constantFrom(0, 1, 30)),
      anew: fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, fc.constant(true)),
      pin: pins
        ? fc.oneof(
            { weight: 4, arbitrary: fc.constant(undefined) },
            fc.constantFrom('this' as const, 'earlier' as const, 'release' as const),
          )
        : fc.constant(undefined),
    }),
    { maxLength: 150 },
  );

/** Sizes of windows from those with room for one frame to those that hold everything. */
export const anyLimits = fc.record({
  maxTokens: fc.integer({ min: 70, max: 600 }),
  cutTo: fc.constantFrom(0.5, 0.8, 1),
  stampTokens: fc.constantFrom(0, 2, 5),
  pinnedShare: fc.constantFrom(0, 0.5, 1),
});

export type Limits = Partial<ContextWindowOptions<TokenContent>>;

/** A window of tokens. */
export function tokenWindow(limits: Limits = {}): ContextWindow<TokenContent> {
  return new ContextWindow({ ladder: LADDER, maxTokens: 200, stampTokens: 2, aging: tokenAging, ...limits });
}

/** Content that no other frame has. */
export function contentOf(tokens: number, seed: number): TokenContent {
  return { values: new Random(seed + 1).grid(tokens * CHANNELS), channels: CHANNELS };
}

/** The frames of a stream. */
export function framesOf(steps: readonly Pick<Step, 'tokens' | 'laterS' | 'anew'>[]): WindowFrame<TokenContent>[] {
  let [epoch, atS] = [0, 0];
  return steps.map(({ tokens, laterS, anew }, i) => {
    if (anew) [epoch, atS] = [epoch + 1, 0];
    else atS += laterS;
    return { id: `cam/${epoch}/${i}`, atS, tokens, content: contentOf(tokens, i) };
  });
}

/** So many frames, a second apart. */
export const steady = (count: number, tokens: number): WindowFrame<TokenContent>[] =>
  framesOf(Array.from({ length: count }, () => ({ tokens, laterS: 1, anew: false })));

export const heldOf = <Content>(view: WindowView<Content>): HeldFrame<Content>[] =>
  view.parts.flatMap((part) => (part.type === 'frame' ? [part.frame] : []));

export const textsOf = (view: WindowView<unknown>): string[] =>
  view.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));

/** Sequences of the first and the last frame of a held one. */
export function spanOf({ id }: HeldFrame<unknown>): [number, number] {
  const sequences = [...id.matchAll(/cam\/\d+\/(\d+)/g)].map(([, digits]) => Number(digits));
  return [sequences[0]!, sequences.at(-1)!];
}
