import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactInput, redactText } from '#dist/decode/redact.js';

describe('redactInput', () => {
  it.each([
    ['rtsp://eve:hunter2@camera.local:554/live', 'rtsp://***@camera.local:554/live'],
    ['rtsp://eve@camera.local/live', 'rtsp://***@camera.local/live'],
    ['http://host/a.mp4?token=t0k3n&x=1', 'http://host/a.mp4?token=***&x=1'],
    ['https://host/a?X-Amz-Signature=abc&api_key=def#end', 'https://host/a?X-Amz-Signature=***&api_key=***#end'],
    ['rtsp://h:554/user=admin_password=tlJwp_channel=1_stream=0.sdp?real', 'rtsp://h:554/user=admin_password=***'],
    [
      'rtsp://h/user=admin&password=pw&channel=1&stream=0.sdp',
      'rtsp://h/user=admin&password=***&channel=1&stream=0.sdp',
    ],
    ['http://h/v.cgi?loginuse=admin&loginpas=pw&psw=pw', 'http://h/v.cgi?loginuse=admin&loginpas=***&psw=***'],
    ['srt://h:9000?passphrase=pw&mode=caller', 'srt://h:9000?passphrase=***&mode=caller'],
    ['rtsp://eve:p@ss/w?rd@host/live', 'rtsp://***@host/live'],
  ])('hides the secrets of %s', (input, shown) => {
    expect(redactInput(input)).toBe(shown);
  });

  it.each([
    '/videos/a clip.mp4',
    'rtsp://camera.local:554/live?channel=2',
    'rtsp://h/cam/realmonitor?channel=1&subtype=0',
    'rtsp://h/Streaming/Channels/101',
    'C:\\clips\\me@home.mp4',
    'lavfi:testsrc=s=32x32',
  ])('leaves %s as it is', (input) => {
    expect(redactInput(input)).toBe(input);
  });

  it('never lets a password through, whatever it is made of', () => {
    const secret = fc.stringMatching(/^[!-~]{4,20}$/).filter((s) => !'rtsp://***@h/live'.includes(s));
    fc.assert(fc.property(secret, (s) => !redactInput(`rtsp://u:${s}@h/live`).includes(s)));
  });
});

describe('redactText', () => {
  it('hides the input wherever a message repeats it, on one line', () => {
    const input = 'rtsp://eve:hunter2@h/live';
    expect(redactText(`Cannot open\n  ${input}: refused, not even ${input}`, input)).toBe(
      'Cannot open rtsp://***@h/live: refused, not even rtsp://***@h/live',
    );
  });
});
