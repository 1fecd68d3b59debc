import { describe, expect, it } from 'vitest';
import { readLogLine } from '#dist/decode/showinfo.js';

const url = 'file:/clips/a.mp4';
const read = (line: string): unknown => readLogLine(line, url);

describe('readLogLine', () => {
  it('reads the pictures of FFmpeg 5.1 and of FFmpeg 8', () => {
    const old =
      '[showinfo@kept @ 0x5616e6b04c40] [info] n:  88 pts:   3623 pts_time:3.623   pos:   153027 fmt:rgb24 sar:1/1 s:320x240 i:P iskey:0 type:P ';
    const recent =
      '[showinfo@kept @ 0x7f] [info] n:   0 pts:  -1024 pts_time:-0.08   duration:    512 duration_time:0.04    fmt:rgb24 cl:unspecified sar:1/1 s:64x64 i:P iskey:1 type:I ';
    expect(read(old)).toEqual({ kind: 'kept', note: { pts: 3623n, keyframe: false } });
    expect(read(recent)).toEqual({ kind: 'kept', note: { pts: -1024n, keyframe: true } });
  });

  it('tells a picture that was decoded from one that was kept', () => {
    const line = '[showinfo@decoded @ 0x1] [info] n:   3 pts:     12 pts_time:0.1 fmt:yuv420p iskey:0 type:B ';
    expect(read(line)).toEqual({ kind: 'decoded', note: { pts: 12n, keyframe: false } });
  });

  it('gives no pts where the container has none', () => {
    const line = '[showinfo@kept @ 0x1] [info] n:   0 pts: NOPTS pts_time:NOPTS fmt:rgb24 iskey:1 type:I ';
    expect(read(line)).toEqual({ kind: 'kept', note: { pts: undefined, keyframe: true } });
  });

  it.each([
    '[error] Error while decoding stream #0:0: Invalid data found when processing input',
    '[mov,mp4,m4a,3gp,3g2,mj2 @ 0x1] [warning] Packet corrupt (stream = 0, dts = 3560).',
    '[matroska,webm @ 0x559cfa63e980] [error] File ended prematurely',
    '[warning] file:/clips/a.mp4: corrupt decoded frame in stream 0',
  ])('takes "%s" for damage', (line) => {
    expect(read(line)).toMatchObject({ kind: 'corrupt' });
  });

  it.each([
    '[rtsp @ 0x1] [warning] RTP: missed 12 packets',
    '[h264 @ 0x1] [error] error while decoding MB 12 3, bytestream -7',
  ])('takes "%s" for a loss, which is no damage of a file', (line) => {
    expect(read(line)).toEqual({ kind: 'lost' });
  });

  it.each([
    ['[error] file:/clips/a.mp4: Input/output error', 'Input/output error'],
    ['[in#0/mov @ 0x1] [error] Error during demuxing: Connection reset by peer', 'Connection reset by peer'],
  ])('takes "%s" for a read error', (line, text) => {
    expect(read(line)).toEqual({ kind: 'read-error', text });
  });

  it.each([
    "[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/clips/a.mp4':",
    '[showinfo@kept @ 0x1] [info] config in time_base: 1/12800, frame_rate: 25/1',
    '[info] file:/clips/a.mp4: a line that is no error',
    '',
  ])('leaves "%s" alone', (line) => {
    expect(read(line)).toEqual({ kind: 'other' });
  });
});
