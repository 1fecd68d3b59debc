import { describe, expect, it } from 'vitest';
import { inputKind } from '#dist/decode/input-kind.js';

describe('inputKind', () => {
  it.each([
    ['clip.mp4', 'file:clip.mp4', 'clip.mp4'],
    ['-i.mp4', 'file:-i.mp4', '-i.mp4'],
    ['concat:a|b', 'file:concat:a|b', 'concat:a|b'],
    ['file:///clips/a%20clip.mp4', 'file:/clips/a clip.mp4', '/clips/a clip.mp4'],
  ])('takes %s for a local file that cannot be mistaken for an option or a protocol', (input, url, path) => {
    expect(inputKind(input)).toMatchObject({ url, path, live: false, network: false });
  });

  it.each(['rtsp://c/live', 'RTSPS://c/live', 'rtmp://c/live', 'udp://@239.0.0.1:1234', 'srt://c:9000'])(
    'takes %s for a live network source',
    (input) => {
      expect(inputKind(input)).toMatchObject({ url: input, live: true, network: true });
    },
  );

  it('opens RTSP over TCP and gives it ten seconds', () => {
    expect(inputKind('rtsp://c/live')).toMatchObject({
      timeoutMs: 10_000,
      options: { rtsp_transport: 'tcp', timeout: '10000000' },
    });
  });

  it('opens RTSP the way and within the time that it is told, whatever its letters are', () => {
    expect(inputKind('RTSP://c/live', { transport: 'udp', openTimeoutS: 2.5 })).toMatchObject({
      timeoutMs: 2500,
      options: { rtsp_transport: 'udp', timeout: '2500000' },
    });
  });

  it.each([
    ['rtsp://c/live', 'timeout'],
    ['srt://c:9000', 'rw_timeout'],
    ['https://h/a.m3u8', 'rw_timeout'],
    ['udp://@239.0.0.1:1234', 'timeout'],
  ])('lets %s be silent for as long as it is told, and never less than it may take to answer', (input, option) => {
    const silence = (silenceS: number): string | undefined => inputKind(input, { silenceS }).options[option];
    expect([silence(40), silence(3)]).toEqual(['40000000', '10000000']);
    expect(inputKind(input, { silenceS: 40 }).timeoutMs).toBe(10_000);
  });

  it('gives UDP no more silence than FFmpeg can count', () => {
    expect(inputKind('udp://@239.0.0.1:1234', { silenceS: 86_400 }).options['timeout']).toBe('2147483647');
  });

  it.each(['clip.mp4', 'https://h/a.m3u8', 'lavfi:testsrc', 'rtsp://c/live', '/dev/video0'])(
    'believes its caller on whether %s is live',
    (input) => {
      expect(inputKind(input, { live: true }).live).toBe(true);
      expect(inputKind(input, { live: false }).live).toBe(false);
    },
  );

  it('takes a capture device for a live source and HTTP for a file', () => {
    expect(inputKind('/dev/video0')).toMatchObject({ format: 'video4linux2', live: true, network: false });
    expect(inputKind('https://h/a.mp4')).toMatchObject({ live: false, network: true });
  });

  it('hands a lavfi graph over without its prefix', () => {
    expect(inputKind('lavfi:testsrc=s=32x32')).toMatchObject({ url: 'testsrc=s=32x32', format: 'lavfi', live: false });
  });
});
