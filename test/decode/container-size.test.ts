import { readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { declaredBytes, missingBytes } from '#dist/decode/container-size.js';
import { clip, cutClip } from '../support/clips.ts';

describe('declaredBytes', () => {
  it('is the size of a whole Matroska file', async () => {
    const path = await clip('gap');
    expect(declaredBytes((await readFile(path)).subarray(0, 4096))).toBe((await stat(path)).size);
  });

  it('is the size of a whole AVI file', () => {
    const avi = Buffer.alloc(100);
    avi.write('RIFF', 0, 'latin1');
    avi.writeUInt32LE(92, 4);
    avi.write('AVI LIST', 8, 'latin1');
    expect(declaredBytes(avi)).toBe(100);
  });

  it('is unknown for a Matroska segment that was written without knowing its end', () => {
    // An empty EBML header, then a segment of unknown size.
    expect(declaredBytes(Buffer.from('1a45dfa38018538067' + '01ffffffffffffff', 'hex'))).toBeUndefined();
  });

  it('is unknown for other containers and for a few bytes', async () => {
    expect(declaredBytes((await readFile(await clip('upright'))).subarray(0, 4096))).toBeUndefined();
    expect(declaredBytes(Buffer.from('1a45dfa3', 'hex'))).toBeUndefined();
  });
});

describe('missingBytes', () => {
  it('counts what was cut off', async () => {
    const whole = (await stat(await clip('gap'))).size;
    const path = await cutClip('gap', 0.5);
    expect(await missingBytes(path)).toBe(whole - Math.floor(whole * 0.5));
    expect(await missingBytes(await clip('gap'))).toBe(0);
  });
});
