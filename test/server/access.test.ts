import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FramenestError } from '#dist/errors.js';
import { Access } from '#dist/server/access.js';
import type { AccessRule, Pass } from '#dist/server/access.js';
import { bearerOf } from '#dist/server/bearer.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';

const ALL = 'a-token-for-everything';
const GATE = 'a-token-for-the-gates';
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
const rules: readonly AccessRule[] = [
  { name: 'all', token: ALL, streams: ['*'], metrics: true },
  { name: 'gates', sha256: digest(GATE).toUpperCase(), streams: ['gate-*', 'yard'], expiresMs: 2000 },
];
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const companion = (token: string) => ({
  'sec-websocket-protocol': `framenest.v1, framenest.bearer.${Buffer.from(token).toString('base64url')}`,
});

/** The pass of somebody who must be let in. */
function letIn(admitted: Pass | FramenestError): Pass {
  if (admitted instanceof FramenestError) throw admitted;
  return admitted;
}

/** The code with which somebody is refused, or nothing. */
const refusal = (admitted: Pass | FramenestError) => (admitted instanceof FramenestError ? admitted.code : undefined);

describe('a server without tokens', () => {
  test('lets everybody in, to everything', () => {
    const access = new Access();
    expect(access.guarded).toBe(false);
    for (const headers of [{}, bearer('nonsense')]) {
      const pass = letIn(access.admit(headers));
      expect([pass.maySee('anything'), pass.mayMeasure, pass.expiresMs]).toEqual([true, true, undefined]);
      expect(access.holds(pass)).toBe(true);
    }
  });
});

describe('a token', () => {
  const access = new Access(rules);

  test('is taken from the header, and from the companion of the subprotocol', () => {
    for (const headers of [bearer(ALL), { authorization: `bearer  ${ALL}` }, companion(ALL)]) {
      expect(letIn(access.admit(headers)).name).toBe('all');
    }
    // The header wins: a proxy may set it.
    expect(letIn(access.admit({ ...companion(ALL), ...bearer(GATE) }, 0)).name).toBe('gates');
    expect(refusal(access.admit({ ...companion(ALL), authorization: 'Basic eDp5' }))).toBe('UNAUTHORIZED');
  });

  test.each([
    {},
    bearer(''),
    bearer(`${ALL}x`),
    bearer(ALL.slice(1)),
    bearer(`${ALL} ${ALL}`),
    bearer(digest(ALL)),
    { authorization: ALL },
    companion(`${ALL}\n`),
    { 'sec-websocket-protocol': 'framenest.v1, framenest.bearer.' },
    { 'sec-websocket-protocol': 'framenest.v1,framenest.bearer.%%%' },
    { cookie: `token=${ALL}` },
  ])('is missed in %j', (headers) => {
    expect(access.guarded).toBe(true);
    expect(refusal(access.admit(headers))).toBe('UNAUTHORIZED');
  });

  test('shows the streams that its rule names, and no other', () => {
    const gates = letIn(access.admit(bearer(GATE), 0));
    for (const name of ['gate-', 'gate-1', 'yard']) expect(gates.maySee(name), name).toBe(true);
    for (const name of ['gate', 'agate-1', 'yard2', 'Yard', '', '*']) expect(gates.maySee(name), name).toBe(false);
    expect(gates.mayMeasure).toBe(false);
    const none = new Access([{ name: 'probe', token: ALL, streams: [], metrics: true }]);
    expect(letIn(none.admit(bearer(ALL))).maySee('yard')).toBe(false);
  });

  test('is good until it expires', () => {
    expect(letIn(access.admit(bearer(GATE), 1999)).expiresMs).toBe(2000);
    expect(refusal(access.admit(bearer(GATE), 2000))).toBe('TOKEN_EXPIRED');
  });

  test('is in no answer, whatever somebody tries', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => {
        const admitted = access.admit({ authorization: `Bearer ${text}` });
        expect(refusal(admitted)).toBe('UNAUTHORIZED');
        const { message } = admitted as FramenestError;
        expect(message.includes(ALL) || message.includes(GATE)).toBe(false);
        expect(text.length > 8 && message.includes(text)).toBe(false);
      }),
    );
    const expired = access.admit(bearer(GATE), 2000) as FramenestError;
    expect(expired.message).not.toContain(GATE);
    expect(JSON.stringify([access, letIn(access.admit(bearer(ALL)))])).not.toContain(ALL);
  });

  test.each([
    { name: 'none at all', streams: [] },
    { name: 'too short', streams: [], token: '15-characters-x' },
    { name: 'of words', streams: [], token: 'with spaces and more' },
    { name: 'of other letters', streams: [], token: 'ü'.repeat(20) },
    { name: 'too long', streams: [], token: 'x'.repeat(513) },
    { name: 'half a digest', streams: [], sha256: digest(ALL).slice(1) },
    { name: 'twice', streams: [], sha256: digest(ALL), token: ALL },
  ])('is refused as a rule, and not repeated: $name', (rule: AccessRule) => {
    const error = thrownBy(() => new Access([rule]));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toContain(`"${rule.name}"`);
    for (const secret of [rule.token, rule.sha256]) expect(error.message).not.toContain(secret ?? 'undefined');
  });
});

describe('other tokens', () => {
  test('end the passes of those that are gone or changed, and of no other', () => {
    const access = new Access(rules);
    const [all, gates] = [letIn(access.admit(bearer(ALL))), letIn(access.admit(bearer(GATE), 0))];
    access.replace([rules[0]!, { ...rules[1]!, streams: ['yard'] }]);
    expect([access.holds(all), access.holds(gates)]).toEqual([true, false]);
    expect(letIn(access.admit(bearer(GATE), 0)).maySee('gate-1')).toBe(false);
    access.replace([rules[1]!]);
    expect(access.holds(all)).toBe(false);
    expect(refusal(access.admit(bearer(ALL)))).toBe('UNAUTHORIZED');
  });

  test('leave the old ones in place where they cannot be used', () => {
    const access = new Access(rules);
    const pass = letIn(access.admit(bearer(ALL)));
    expect(codeOf(() => access.replace([{ name: 'bad', streams: ['*'] }]))).toBe('OPTION_INVALID');
    expect(access.holds(pass)).toBe(true);
  });
});

describe('tokens are compared', () => {
  const source = readFileSync(new URL('../../src/server/access.ts', import.meta.url), 'utf8');

  test('by digests of one length, all of them, in constant time', () => {
    expect(source).toContain('.filter((each) => timingSafeEqual(each.digest, digest))');
    expect(source.match(/timingSafeEqual\(/g)).toHaveLength(1);
    expect(source).not.toMatch(/token ===? (?!undefined)|\.(find|some)\([^)]*timingSafe/);
  });

  test('wherever in the list theirs is', () => {
    const many = Array.from({ length: 256 }, (_, i) => ({ name: `t${i}`, token: `${ALL}-${i}`, streams: [`s${i}`] }));
    const access = new Access(many);
    for (const i of [0, 1, 128, 255]) expect(letIn(access.admit(bearer(`${ALL}-${i}`))).maySee(`s${i}`)).toBe(true);
  });
});

test('what browsers send as companion is the token again', () => {
  const tokens = fc.string({
    minLength: 16,
    maxLength: 512,
    unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
  });
  fc.assert(
    fc.property(tokens, (token) => {
      expect(bearerOf(companion(token))).toBe(token);
    }),
  );
});
