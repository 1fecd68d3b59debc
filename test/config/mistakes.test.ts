import { describe, expect, test } from 'vitest';
import { complaints, having, source } from './complaints.ts';

const rectangle =
  'expected [x, y, width, height], shares of the picture: 0 … 1, above 0 for the sizes, within the picture';
const policies =
  'expected change, fidelity, rate or fixed:S (budget reads its whole input first: it is for `framenest run`)';
const variable = 'it holds "${" without the name of a variable and "}": write "$${" for these characters themselves';
const pauses = 'expected no less than "first" (by default it is 60)';
const input = 'expected the path of a file, a URL or a capture device, 1 … 4096 characters';
const sizes = 'expected bytes, or a number with KiB, MiB, GiB or TiB: 1MiB … 16TiB';
const tokens = 'access:\n  tokens:';
const digest = `sha256: ${'ab'.repeat(32)}`;
const other = '  - { name: b, input: b }\n';

describe('what is wrong in a file', () => {
  test.each([
    ['nothing', '', '1:1: the file is empty: expected keys with values.'],
    ['a comment', '# sources\n', '1:1: the file is empty: expected keys with values.'],
    ['a text', 'sources\n', '1:1: the file is "sources": expected keys with values.'],
    ['no sources', 'log: { level: info }\n', '1:1: sources is missing: expected a list of 1 … 256 sources.'],
    ['an empty list', 'sources: []\n', '1:10: sources is []: expected a list of 1 … 256 sources.'],
    ['a map of sources', 'sources:\n  gate: a\n', '2:3: sources is a map: expected a list of 1 … 256 sources.'],
    ['a text as source', 'sources:\n  - gate.mp4\n', '2:5: sources[0] is "gate.mp4": expected keys with values.'],
  ])('as a whole, %s: is told with its place', (_, text, expected) => {
    expect(complaints(text).join('\n')).toBe(expected);
  });

  test.each([
    [
      'scoreInput: 3',
      "4:17: sources[0].scoreInput is 3: expected the URL or capture device of the camera's sub-stream, 1 … 4096 characters.",
    ],
    ['scoreInput: rtsp://eve:hunter2@h/sub', 'PAIR'],
    ['live: true\n    scoreInput: sub.mp4\n    decoder: ffmpeg', 'DECODER'],
  ])('beside a sub-stream: %s', (line, expected) => {
    const [told = ''] = complaints(having(line));
    const words = {
      PAIR: 'expected two streams of one camera: this input, or the one beside it, is none of a camera.',
      DECODER: 'expected the decoder "auto" or "libav" beside it.',
    }[expected];
    if (words === undefined) expect(told).toBe(expected);
    else
      expect(told).toMatch(new RegExp(`^[45]:17: sources\\[0\\]\\.scoreInput is .*: ${words.replaceAll('.', '\\.')}$`));
    expect(told).not.toContain('hunter2');
  });

  test.each([
    ['listen:\n  port: 70000', '2:9: listen.port is 70000: expected a whole number, 0 … 65535.'],
    ['listen: { port: "80" }', '1:17: listen.port is "80": expected a whole number, 0 … 65535.'],
    [
      'listen: { origins: [http://a, b] }',
      '1:31: listen.origins[1] is "b": expected scheme, host and port of a page, such as http://localhost:5173.',
    ],
    ['log: { level: loud }', '1:15: log.level is "loud": expected debug | info | warn | error | silent.'],
    ['encoder: { device: gpu }', '1:20: encoder.device is "gpu": expected auto | cpu | webgpu | cuda.'],
    ['listen: { tls: { cert: a.pem } }', '1:16: listen.tls.key is missing: expected the path of a private key in PEM.'],
    ['data:\n  dir: no\n  keep: { byts: 3 }', '3:11: data.keep has no key "byts": did you mean "bytes"?'],
    ['data: { dir: false }', '1:14: data.dir is false: expected the path of a folder, or "off".'],
    ['data: { keep: { bytes: 3 } }', `1:24: data.keep.bytes is 3: ${sizes}.`],
    ['data: { keep: { bytes: 5GB } }', `1:24: data.keep.bytes is "5GB": ${sizes}.`],
    ['data: { keep: { age: 0 } }', '1:22: data.keep.age is 0: expected seconds above 0, up to 315360000.'],
    ['data: { keep: { packets: 0.5 } }', '1:26: data.keep.packets is 0.5: expected a whole number, 1 … 1000000000.'],
    [`${tokens} [3]`, '2:12: access.tokens[0] is "***": expected keys with values.'],
    [
      `${tokens}\n  - { name: a, token: short, streams: [a] }`,
      '3:23: access.tokens[0].token is "***": expected 16 … 512 visible ASCII characters.',
    ],
    [
      `${tokens}\n  - { name: a, token: "\${GATE_PASSWORD}", streams: [a] }`,
      '3:23: access.tokens[0].token is "${GATE_PASSWORD}": expected 16 … 512 visible ASCII characters.',
    ],
    [
      `${tokens}\n  - { name: a, streams: [a] }`,
      '3:5: access.tokens[0] is a map: expected either "token" or "sha256".',
    ],
    [
      `${tokens}\n  - { name: a, ${digest} }`,
      '3:5: access.tokens[0] is a map: expected "streams", or "metrics: true": this token may do nothing.',
    ],
    [
      `${tokens}\n  - { name: a, ${digest}, streams: [a b], expires: tomorrow }`,
      '3:100: access.tokens[0].streams[0] is "a b": expected the name of a stream, or its beginning and "*".\n' +
        '3:115: access.tokens[0].expires is "tomorrow": expected a date or a time, such as 2031-01-31 or 2031-01-31T18:00:00Z.',
    ],
    [
      `${tokens}\n  - { name: a, ${digest}, metrics: true }\n  - { name: a, ${digest}, metrics: true }`,
      '4:5: access.tokens[1] is a map: expected a token of its own, and access.tokens[0] has this one.\n' +
        '4:13: access.tokens[1].name is "a": expected a name of its own, and access.tokens[0] has this one.',
    ],
    ['camera: 3', '1:1: the file has no key "camera".'],
    ['__proto__: { log: 3 }', '1:1: the file has no key "__proto__".'],
    ['defaults:\n  name: a', '2:3: defaults has no key "name".'],
  ])('before the sources, %j: is told with its place', (text, expected) => {
    expect(complaints(`${text}\nsources:\n${source}`).join('\n')).toBe(expected);
  });

  test.each([
    ['fps: fast', '4:10: sources[0].fps is "fast": expected a number above 0 or "native".'],
    ['fps: 0', '4:10: sources[0].fps is 0: expected a number above 0 or "native".'],
    ['fps: .inf', '4:10: sources[0].fps is .inf: expected a number above 0 or "native".'],
    ['live: yes', '4:11: sources[0].live is "yes": expected true or false.'],
    ['transport: http', '4:16: sources[0].transport is "http": expected tcp | udp.'],
    ['weight: 0', '4:13: sources[0].weight is 0: expected a number, 0.01 … 100.'],
    ['stallTimeout: 3e6', '4:19: sources[0].stallTimeout is 3e6: expected seconds above 0, up to 86400.'],
    [
      'retry: { attempts: always }',
      '4:24: sources[0].retry.attempts is "always": expected "forever" or a whole number, 0 … 1000000.',
    ],
    ['retry: { first: 5, most: 2 }', `4:30: sources[0].retry.most is 2: ${pauses}.`],
    ['hide: [[0.5, 0, 0.6, 1]]', `4:12: sources[0].hide[0] is [0.5, 0, 0.6, 1]: ${rectangle}.`],
    ['ignore:\n      - [0, 0, 0, 1]', `5:9: sources[0].ignore[0] is [0, 0, 0, 1]: ${rectangle}.`],
    [
      'regions: [0, 1]',
      `4:15: sources[0].regions[0] is 0: ${rectangle}.\n4:18: sources[0].regions[1] is 1: ${rectangle}.`,
    ],
    ['price: -1', '4:12: sources[0].price is -1: expected a number above 0.'],
    ['ladder: [1, 2.5]', '4:17: sources[0].ladder[1] is 2.5: expected a whole number.'],
    ['ladder: [1, 25]', "4:13: sources[0].ladder is [1, 25]: A 5×5 grid does not divide the encoder's 24×24."],
    ['maxScale: 100', '4:15: sources[0].maxScale is 100: No scale of 100 tokens in the ladder 1,9,36,144,576.'],
    ['policy: fixed:10', '4:13: sources[0].policy is "fixed:10": No scale of 10 tokens in the ladder 1,9,36,144.'],
    ['policy: all', `4:13: sources[0].policy is "all": ${policies}.`],
    ['policy: budget', `4:13: sources[0].policy is "budget": ${policies}.`],
    ['policy: rate', '2:5: sources[0].tokensPerSecond is missing: this policy needs it.'],
    [
      'policy: rate\n    tokensPerSecond: 1',
      '5:22: sources[0].tokensPerSecond is 1: below 2 frames a second, each of which takes one token or more.',
    ],
    [
      'layout: tree\n    tau: 1\n    tokensPerSecond: 9',
      '4:13: sources[0].layout is "tree": only policies on features cut trees.\n' +
        '5:10: sources[0].tau is 1: only policies on features heed it.\n' +
        '6:22: sources[0].tokensPerSecond is 9: only policy "rate" heeds it.',
    ],
    ['polcy: rate', '4:5: sources[0] has no key "polcy": did you mean "policy"?'],
    ['refreshS: 3', '4:5: sources[0] has no key "refreshS": did you mean "refresh"?'],
    ['tokens-per-second: 3', '4:5: sources[0] has no key "tokens-per-second": did you mean "tokensPerSecond"?'],
    ['retry: { mots: 3 }', '4:14: sources[0].retry has no key "mots": did you mean "most"?'],
  ])('in a source, %j: is told with its place', (line, expected) => {
    expect(complaints(having(line)).join('\n')).toBe(expected);
  });

  test.each([
    [
      '  - name: front door\n    input: a\n',
      '2:11: sources[0].name is "front door": expected 1 … 128 letters, digits, ".", "_" or "-".',
    ],
    ['  - name: 12\n    input: a\n', '2:11: sources[0].name is 12: expected 1 … 128 letters, digits, ".", "_" or "-".'],
    [`${source}${source}`, '4:11: sources[1].name is "gate": expected a name of its own, and sources[0] has this one.'],
    ['  - name: gate\n    fps: 3\n', `2:5: sources[0].input is missing: ${input}.`],
    [
      '  - name: a\n    input: a\n    retry: &r { first: 0 }\n  - { name: b, input: b, retry: *r }\n',
      '4:24: sources[0].retry.first is 0: expected seconds above 0, up to 86400.\n' +
        '4:24: sources[1].retry.first is 0: expected seconds above 0, up to 86400.',
    ],
    [
      '  - name: &n a\n    input: a\n    fps: *n\n',
      '4:10: sources[0].fps is *n: expected a number above 0 or "native".',
    ],
    [
      '  - name: gate\n    input: rtsp://v:${NOPE}@h/\n',
      '3:12: "rtsp://***@h/": the environment has no variable NOPE.',
    ],
    ['  - name: gate\n    input: a${GATE_PASSWORD\n', `3:12: "a\${GATE_PASSWORD": ${variable}.`],
    ['  - name: gate\n    input: ${A:-b}\n', `3:12: "\${A:-b}": ${variable}.`],
  ])('in the sources %j: is told with its place', (text, expected) => {
    expect(complaints(`sources:\n${text}`).join('\n')).toBe(expected);
  });

  test.each([
    ['fps: fast', '', '1:18: defaults.fps is "fast": expected a number above 0 or "native".'],
    ['price: 0', '', '1:20: defaults.price is 0: expected a number above 0.'],
    [
      'policy: rate, tokensPerSecond: 9',
      '    fps: 10\n',
      '1:44: sources[0].tokensPerSecond, from defaults, is 9: below 10 frames a second, each of which takes one token or more.',
    ],
    ['retry: { most: 5 }', '    retry: { first: 9 }\n', `1:28: sources[0].retry.most, from defaults, is 5: ${pauses}.`],
  ])('in the defaults %j: is told once, where it stands', (defaults, own, expected) => {
    expect(complaints(`defaults: { ${defaults} }\nsources:\n${source}${own}${other}`).join('\n')).toBe(expected);
  });

  test('is told all at once, in the order of the file', () => {
    const text = [
      'log: { level: loud }',
      'defaults:',
      '  fps: 0',
      '  gate: -1',
      'sources:',
      '  - name: a b',
      '    input: ${NOPE}',
      '    ladder: [a]',
      '    nope: 1',
      '  - 3',
      'listen: [1]',
    ].join('\n');
    expect(complaints(text).map((line) => /^\d+:\d+: \S+/.exec(line)?.[0])).toEqual([
      '1:15: log.level',
      '3:8: defaults.fps',
      '4:9: defaults.gate',
      '6:11: sources[0].name',
      '7:12: "${NOPE}":',
      '8:14: sources[0].ladder[0]',
      '9:5: sources[0]',
      '10:5: sources[1]',
      '11:9: listen',
    ]);
  });

  test('has 50 lines at most', () => {
    const keys = Array.from({ length: 80 }, (_, i) => `key${i}: 1\n`).join('');
    const lines = complaints(`${keys}sources:\n${source}`);
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe('… and 30 more.');
  });
});
