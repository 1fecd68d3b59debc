import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SmearGuard } from '#dist/decode/smear-guard.js';

/** 10 ticks a second: a pts is the number of a picture of a camera with 10 pictures a second. */
const timebase = { num: 1, den: 10 };

/** What is shown of pictures: `K` a key frame, `P` another, `X` a corrupt one; `!` before one: a loss at its pts. */
function shown(stream: string): string {
  const guard = new SmearGuard(timebase);
  let pts = 0n;
  let out = '';
  for (const letter of stream) {
    if (letter === '!') guard.damaged(pts);
    else out += guard.admits({ pts: pts++, keyframe: letter === 'K', corrupt: letter === 'X' }) ? letter : '.';
  }
  return out;
}

describe('SmearGuard', () => {
  it.each([
    ['PPKPPP', '..KPPP'],
    ['KPPXPPKPP', 'KPP...KPP'],
    ['KPP!PPPKPP', 'KPP...KPP'],
    ['KPX!KPPKP', 'KP....KP'],
    ['!KPPKPP', '...KPP'],
  ])('of %s shows %s', (stream, wanted) => {
    expect(shown(stream)).toBe(wanted);
  });

  it('does not take a key frame that was on its way before the damage for one after it', () => {
    const guard = new SmearGuard(timebase);
    const admits = (pts: bigint, keyframe: boolean): boolean => guard.admits({ pts, keyframe, corrupt: false });
    guard.damaged(5n);
    const answers = [admits(3n, true), admits(4n, false), admits(6n, false), admits(7n, true)];
    expect(answers).toEqual([false, false, false, true]);
  });

  it.each([0n, undefined])('takes a damage of which nobody says where for one of the next picture (pts %s)', (pts) => {
    const guard = new SmearGuard(timebase);
    guard.damaged(undefined);
    expect(guard.admits({ pts, keyframe: true, corrupt: false })).toBe(false);
    const next = pts === undefined ? undefined : pts + 1n;
    expect(guard.admits({ pts: next, keyframe: true, corrupt: false })).toBe(true);
  });

  it('takes what comes after ten seconds without a key frame, and after 600 pictures without a pts', () => {
    expect(shown('P'.repeat(105))).toBe('.'.repeat(100) + 'P'.repeat(5));
    const guard = new SmearGuard(timebase);
    const untimed = { pts: undefined, keyframe: false, corrupt: false };
    const admitted = Array.from({ length: 605 }, () => guard.admits(untimed));
    expect(admitted.filter((shows) => !shows)).toHaveLength(600);
    expect(guard.discarded).toBe(600);
  });

  it('starts over with a key frame once a whole group of pictures came unharmed', () => {
    const waited = 'P'.repeat(100);
    expect(shown(`${waited}PKPXPKPPXPP`).slice(100)).toBe('PKP..KPP...');
    expect(shown(`${waited}PXPKPXPKPPKPXP`).slice(100)).toBe('PXPKPXPKPPKP..');
  });

  it('is not caught by a clock that was set back', () => {
    const guard = new SmearGuard(timebase);
    guard.damaged(1_000_000n);
    expect(guard.admits({ pts: 7n, keyframe: true, corrupt: false })).toBe(true);
  });

  it('shows no picture between a damage and a key frame, and every one after it, within its patience', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[KPX!]{0,90}$/), (stream) => {
        let isClean = false;
        let isLost = false;
        let wanted = '';
        for (const letter of stream) {
          if (letter === '!') isLost = true;
          else {
            if (letter === 'X' || isLost) isClean = false;
            if (letter === 'K' && !isLost) isClean = true;
            isLost = false;
            wanted += isClean ? letter : '.';
          }
        }
        expect(shown(stream)).toBe(wanted);
      }),
    );
  });
});
