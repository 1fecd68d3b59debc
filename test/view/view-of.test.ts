import { viewOf, wholeView } from '#dist/view/view-of.js';
import { describe, expect, test } from 'vitest';
import { thrownBy } from '../support/error-code.ts';

const geometry = { ladder: [1, 9, 36, 144], gridSide: 24, channels: 4, dtype: 'F16', layout: 'tree' } as const;

describe('the view of what a subscriber wants', () => {
  test('is none where the packets are that already', () => {
    expect(viewOf({}, geometry)).toBeUndefined();
    expect(viewOf({ maxScale: 144, layout: 'tree', dtype: 'F16', values: true }, geometry)).toBeUndefined();
    expect(viewOf({ layout: 'uniform' }, { ...geometry, layout: 'uniform' })).toBeUndefined();
  });

  test.each([
    [{ maxScale: 36 }, [1, 9, 36], true],
    [{ maxScale: 1 }, [1], true],
    [{ layout: 'uniform' }, [1, 9, 36, 144], true],
    [{ dtype: 'I8' }, [1, 9, 36, 144], false],
    [{ values: false, maxScale: 9 }, [1, 9], false],
  ] as const)('of %j has the scales %j', (options, ladder, needsGrid) => {
    const view = viewOf(options, geometry)!;
    expect([view.ladder, view.needsGrid]).toEqual([ladder, needsGrid]);
  });

  test('needs no grid where the stream is uniform', () => {
    expect(viewOf({ maxScale: 9 }, { ...geometry, layout: 'uniform' })!.needsGrid).toBe(false);
  });

  test('has the same key as every view that gives the same, and no other', () => {
    const keys = [
      [{ maxScale: 36 }, { maxScale: 36, dtype: 'F16', layout: 'tree' }],
      [{ maxScale: 9 }],
      [{ layout: 'uniform' }, { layout: 'uniform', maxScale: 144 }],
      [{ dtype: 'I8' }],
      [{ values: false }, { values: false, dtype: 'I8' }],
    ].map((same) => same.map((options) => viewOf(options as Parameters<typeof viewOf>[0], geometry)!.key));
    for (const same of keys) expect(new Set(same).size).toBe(1);
    expect(new Set(keys.flat()).size).toBe(keys.length);
    expect(wholeView(geometry).ladder).toEqual(geometry.ladder);
  });

  test('is refused at a scale that the stream does not have, and names those that it has', () => {
    const error = thrownBy(() => viewOf({ maxScale: 16 }, geometry));
    expect([error.code, error.message]).toEqual(['OPTION_INVALID', expect.stringMatching(/is 16,.*1, 9, 36, 144/)]);
  });
});
