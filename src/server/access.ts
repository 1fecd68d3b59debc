import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { FramenestError } from '../errors.ts';
import { isToken, tokenWords } from '../wire/access-token.ts';
import { bearerOf } from './bearer.ts';

/** Who may see what. */
export interface AccessRule {
  /** What the log calls whoever comes with this token. */
  readonly name: string;
  /** The token itself, 16 … 512 visible characters of ASCII; or leave it out and give its digest. */
  readonly token?: string;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly sha256?: string;
  /** Names of streams; with `*` at its end a name stands for all that begin like it, `*` alone for all. */
  readonly streams: readonly string[];
  /** Whether `/metrics` and `/readyz` are answered, which tell of all streams. Default: no. */
  readonly metrics?: boolean;
  /** Unix time from which the token is worth nothing, milliseconds. Default: never. */
  readonly expiresMs?: number;
}

/** What somebody may do who was let in. */
export interface Pass {
  /** Of the rule, for the log. */
  readonly name: string;
  /** Whether `/metrics` and `/readyz` may be read. */
  readonly mayMeasure: boolean;
  /** Unix time at which it ends, milliseconds. */
  readonly expiresMs?: number;
  /** Whether this stream exists for whoever has the pass. */
  maySee(stream: string): boolean;
}

interface Entry {
  readonly digest: Buffer;
  readonly pass: Pass;
}

/** Everybody's, where there are no rules: `checkListen` sees to it that only this machine gets it. */
const open: Pass = { name: 'local', mayMeasure: true, maySee: () => true };

/** The tokens of a server. Keeps digests, never a token. */
export class Access {
  #entries: readonly Entry[];

  /**
   * @param rules - where two have the same token the first one holds; none lets everybody in
   * @throws FramenestError OPTION_INVALID: a token that is too short, or not exactly one of token and digest
   */
  constructor(rules: readonly AccessRule[] = []) {
    this.#entries = rules.map(toEntry);
  }

  /** Whether a token is needed. */
  get guarded(): boolean {
    return this.#entries.length > 0;
  }

  /**
   * Lets in who brings a good token, as `bearerOf` finds it. All digests are compared, each in constant time, so that the
   * time tells neither which one was nearly right nor where in the list it stands.
   * @returns UNAUTHORIZED or TOKEN_EXPIRED where there is no pass
   */
  admit(headers: IncomingHttpHeaders, nowMs = Date.now()): Pass | FramenestError {
    if (!this.guarded) return open;
    const token = bearerOf(headers);
    if (token === undefined) return unauthorized('No token came with the request.');
    const digest = digestOf(token);
    const [entry] = this.#entries.filter((each) => timingSafeEqual(each.digest, digest));
    if (!entry) return unauthorized('The token is none of this server.');
    const { name, expiresMs = Infinity } = entry.pass;
    return nowMs < expiresMs ? entry.pass : expired(name);
  }

  /**
   * Takes other rules from now on. Who was let in by a rule that is no more keeps the pass: ask `holds`.
   * @throws FramenestError OPTION_INVALID, see the constructor; then the old rules stay
   */
  replace(rules: readonly AccessRule[]): void {
    const before = this.#entries;
    // A rule that is as it was keeps its pass, and with it its sessions.
    this.#entries = rules.map(toEntry).map((entry) => before.find((old) => isSame(old, entry)) ?? entry);
  }

  /** Whether a pass is still one of these rules'. */
  holds(pass: Pass): boolean {
    return this.guarded ? this.#entries.some((entry) => entry.pass === pass) : pass === open;
  }
}

/** What becomes of a session whose token has run out. */
export function expired(name: string): FramenestError {
  return new FramenestError('TOKEN_EXPIRED', {
    what: `The token "${name}" has expired.`,
    mend: 'Ask whoever runs the server for a new one.',
  });
}

function unauthorized(what: string): FramenestError {
  const mend =
    'Send "Authorization: Bearer TOKEN" with a token of this server; docs/protocol.md says how browsers do it.';
  return new FramenestError('UNAUTHORIZED', { what, mend });
}

class RulePass implements Pass {
  readonly name: string;
  readonly mayMeasure: boolean;
  readonly expiresMs?: number;
  readonly streams: readonly string[];

  constructor({ name, streams, metrics = false, expiresMs }: AccessRule) {
    this.name = name;
    this.mayMeasure = metrics;
    if (expiresMs !== undefined) this.expiresMs = expiresMs;
    this.streams = [...streams];
  }

  maySee(stream: string): boolean {
    return this.streams.some((pattern) =>
      pattern.endsWith('*') ? stream.startsWith(pattern.slice(0, -1)) : stream === pattern,
    );
  }
}

function toEntry(rule: AccessRule): Entry {
  const { name, token, sha256 } = rule;
  if (token !== undefined && sha256 === undefined && isToken(token)) {
    return { digest: digestOf(token), pass: new RulePass(rule) };
  }
  if (token === undefined && sha256 !== undefined && /^[0-9a-f]{64}$/i.test(sha256)) {
    return { digest: Buffer.from(sha256, 'hex'), pass: new RulePass(rule) };
  }
  throw new FramenestError('OPTION_INVALID', {
    what: `The access rule "${name}" has no token of ${tokenWords}, and no SHA-256 of one.`,
    mend: 'Give one of the two; `openssl rand -hex 32` makes a good token.',
  });
}

function isSame(a: Entry, b: Entry): boolean {
  return a.digest.equals(b.digest) && isDeepStrictEqual(a.pass, b.pass);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token, 'latin1').digest();
}
