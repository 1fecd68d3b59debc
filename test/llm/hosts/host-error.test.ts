import { FramenestError } from '#dist/errors.js';
import { hostError, hostWords, retryAfterMs, statusError } from '#dist/llm/hosts/host-error.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const host = { name: 'vLLM at http://h/v1', secrets: ['sk-abc123', undefined, ''] };

/** As the openai package throws it. */
const answered = (status: number, message: string, headers: Record<string, string> = {}): Error =>
  Object.assign(new Error(`${status} ${message}`), { status, headers: new Headers(headers), error: { message } });

/** As `fetch` throws it: the reason is inside. */
const unreached = (code: string, words: string): Error =>
  new Error('Connection error.', {
    cause: new TypeError('fetch failed', { cause: Object.assign(new Error(words), { code }) }),
  });

test('a status says what went wrong, and whether it may go better later', () => {
  const cases = [
    [400, 'bad image', 'HOST_REFUSED', false],
    [401, 'no', 'HOST_REFUSED', false],
    [404, 'The model does not exist.', 'HOST_REFUSED', false],
    [413, 'too large', 'HOST_REFUSED', false],
    [422, 'unprocessable', 'HOST_REFUSED', false],
    [408, 'slow', 'HOST_BUSY', true],
    [429, 'slow down', 'HOST_BUSY', true],
    [503, 'overloaded', 'HOST_BUSY', true],
    [500, 'oops', 'HOST_FAILED', true],
    [502, 'bad gateway', 'HOST_FAILED', true],
    [501, "<class 'list'>", 'HOST_FAILED', true],
  ] as const;
  for (const [status, words, code, retryable] of cases) {
    const error = hostError(answered(status, words), host);
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(`${host.name} answers with status ${status}: ${words}`);
  }
});

test('a context that is too short is CONTEXT_FULL in the words of each host', () => {
  const words = [
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
    'The decoder prompt (length 5036) is longer than the maximum model length of 4096.',
    'Error code: context_length_exceeded',
    'the request exceeds the available context size',
    'The prompt exceeds the context window',
  ];
  for (const said of words) expect(statusError(400, said, host).code).toBe('CONTEXT_FULL');
  expect(statusError(500, words[0] ?? '', host).code).toBe('HOST_FAILED');
});

test('what fails before the host answers is unreachable, what fails within its answer is a broken answer', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'UND_ERR_SOCKET', 'SELF_SIGNED_CERT_IN_CHAIN']) {
    const error = hostError(unreached(code, `${code} 127.0.0.1:1`), host);
    expect(error.code).toBe('HOST_UNREACHABLE');
    expect(error.message).toContain(`${code} 127.0.0.1:1`);
  }
  expect(hostError(unreached('UND_ERR_SOCKET', 'other side closed'), host, 'answer').code).toBe('HOST_FAILED');
  expect(hostError(new SyntaxError('Unexpected token'), host).code).toBe('HOST_FAILED');
  expect(hostError('what?', host).code).toBe('HOST_FAILED');
});

test('where every address of a name failed, the words of the first are told', () => {
  const all = new AggregateError([new Error('connect ECONNREFUSED ::1:9'), new Error('other')]);
  const error = hostError(new TypeError('fetch failed', { cause: Object.assign(all, { code: 'ECONNREFUSED' }) }), host);
  expect(error.message).toContain('connect ECONNREFUSED ::1:9');
});

test('the code inside an error that came as a part of an answer counts like a status', () => {
  const chunk = Object.assign(new Error('busy'), { code: 429, error: { message: 'busy', code: 429 } });
  expect(hostError(chunk, host, 'answer').code).toBe('HOST_BUSY');
});

test('an error of ours stays as it is', () => {
  const own = new FramenestError('CONTEXT_FULL', { what: 'w', mend: 'm' });
  expect(hostError(own, host)).toBe(own);
});

test('whatever a host says, its words are one line of at most 500 characters without keys, in every field', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 0, max: 700 }), (before, after, pad) => {
      const said = `${before}${'x'.repeat(pad)} sk-abc123 http://u:pw@h/?token=sk-abc123\n${after}`;
      const error = hostError(Object.assign(new Error(said), { status: 401, error: { message: said } }), host);
      const words = hostWords(said, host.secrets);
      expect(words.length).toBeLessThanOrEqual(500);
      expect(words).not.toMatch(/\n/);
      expect(JSON.stringify([error, error.message, error.stack, error.cause, words])).not.toContain('sk-abc123');
      expect(words).not.toContain('u:pw@');
    }),
  );
});

test('the pause that a host asks for is read in each of its forms, from what was thrown and from what it became', () => {
  const later = new Date(Date.now() + 3_600_000).toUTCString();
  const cases = [
    [{ 'retry-after': '2' }, 2000, 2000],
    [{ 'retry-after': '1.5' }, 1500, 1500],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250, 250],
    [{ 'retry-after': later }, 3_000_000, 3_600_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0, 0],
  ] as const;
  for (const [headers, least, most] of cases) {
    const thrown = answered(429, 'later', headers);
    for (const asked of [retryAfterMs(thrown), retryAfterMs(hostError(thrown, host))]) {
      expect(asked).toBeGreaterThanOrEqual(least);
      expect(asked).toBeLessThanOrEqual(most);
    }
  }
  for (const none of [answered(429, 'x'), answered(429, 'x', { 'retry-after': 'soon' }), new Error('x'), undefined]) {
    expect(retryAfterMs(none)).toBeUndefined();
  }
});
