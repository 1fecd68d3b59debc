import { stripVTControlCharacters } from 'node:util';
import { frameHead, frameRows, noteRow, stateRow } from '#dist/cli/render/frame-rows.js';
import { FramenestError } from '#dist/errors.js';
import type { Packet, PacketFrame } from '#dist/media/packet.js';
import { expect, test } from 'vitest';

const frame: PacketFrame = { pts: 0n, kind: 'uniform', scale: 1, change: 0, droppedBefore: 0, tokens: 1 };

/** The rows of frames that a stream of 1/10-second ticks has, as they are read. */
function rows(frames: readonly Partial<PacketFrame>[], before = 0): string[] {
  const header = {
    stream: 'a',
    sequence: 0,
    timebase: { num: 1, den: 10 },
    encoder: 'e',
    stage: 'pre',
    epoch: 0,
  } as const;
  const packet: Packet = {
    header,
    frames: frames.map((part) => ({ ...frame, ...part })),
    dtype: 'F32',
    channels: 1,
    tokens: new Uint8Array(0),
  };
  return frameRows(packet, before).map(stripVTControlCharacters);
}

test('a row tells time, change, kind, tokens and the tokens so far', () => {
  expect(
    rows(
      [
        { pts: 615n, change: 1, tokens: 144 },
        { pts: 616n, kind: 'hold' },
      ],
      9,
    ),
  ).toEqual([
    '0:01:01.500  1.000 ██████████  uniform    144  153',
    '0:01:01.600  0.000             hold         1  154',
  ]);
});

test('the bar of the change is as long as its share, to an eighth of a character', () => {
  const bars = [0, 0.0125, 0.5, 0.5625, 2].map((change) => / \d\.\d{3} (.{11})/.exec(rows([{ change }])[0]!)![1]);
  expect(bars).toEqual(['           ', '▏          ', '█████      ', '█████▋     ', '██████████ ']);
});

test('a row tells how many frames were dropped before it', () => {
  expect(rows([{ droppedBefore: 3 }])[0]).toMatch(/ 3 dropped before$/);
});

test('the columns stand below their heads', () => {
  const [head, row] = [stripVTControlCharacters(frameHead()), rows([{ tokens: 36, change: 0.2 }])[0]!];
  expect(row.indexOf('uniform')).toBe(head.indexOf('kind'));
  expect(row.indexOf('0.200')).toBe(head.indexOf('change'));
  expect(row.indexOf('36') + 2).toBe(head.indexOf('scale') + 5);
});

test('what is missing between frames, and how fine they are from here on, is a line', () => {
  const gap = { type: 'gap', stream: 'a', from: 3, to: 5, frames: 3, reason: 'lost' } as const;
  expect(noteRow(gap)).toBe('– 3 frames are missing here (lost) –');
  const demoted = { type: 'demoted', stream: 'a', maxScale: 36, reason: 'restored' } as const;
  expect(noteRow(demoted)).toBe('– at most 36 tokens a frame from here on (restored) –');
});

test('a connection that is lost, and one that is there again, is a line', () => {
  const error = new FramenestError('ABORTED', { what: 'It stopped.', mend: 'Wait.' });
  expect(stateRow({ state: 'waiting', error, pauseMs: 1234 })).toBe('– not connected (ABORTED), next try in 1.2 s –');
  expect(stateRow({ state: 'open' })).toBe('– connected again –');
});
