import type { Server as HttpServer } from 'node:http';
import { Server as TlsServer } from 'node:https';
import { isIPv6 } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { WebSocket, WebSocketServer } from 'ws';
import { FramenestError, errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { errorMessage } from '../wire/control-message.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';
import { Access } from './access.ts';
import type { AccessRule, Pass } from './access.ts';
import { HandshakeGate } from './handshake-gate.ts';
import { TLS_VERSION, httpServer } from './http.ts';
import { checkListen } from './listen-check.ts';
import { ServerMetrics } from './metrics.ts';
import type { EncoderTimes } from './metrics.ts';
import { parseOrigins } from './origin.ts';
import { page } from './page.ts';
import { Session } from './session.ts';
import { keepAlive, openSockets } from './sockets.ts';
import { StreamDirectory } from './stream-directory.ts';
import { logStream } from './stream-log.ts';
import type { TlsIdentity } from './tls.ts';
import type { TokenStream } from './token-stream.ts';

/** Sockets at most; more are answered SESSION_LIMIT. */
const SESSIONS = 1024;

const HEARTBEAT_MS = 30_000;

/** Time that clients have after `goaway` before their sockets are cut. */
const GOAWAY_MS = 2_000;

/** Where to listen, and what to serve. */
export interface ServerOptions {
  /** Address to bind; beyond loopback only with `access` rules. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Each with a name of its own; closed with the server. */
  readonly streams: readonly TokenStream[];
  /** Name and version, for `welcome`. */
  readonly name: string;
  /** Origins of the web pages that may connect, such as `http://localhost:5173`. Programs may always. Default: none. */
  readonly origins?: readonly string[];
  /** A client that answers no ping for two of these is taken for dead, milliseconds. Default 30,000. */
  readonly heartbeatMs?: number;
  /** Why this process had better be restarted, for `/healthz`; `undefined` while all is well. */
  readonly broken?: () => FramenestError | undefined;
  /** Whether packets do not get to the disk at the moment, for the metrics. */
  readonly logFailing?: () => boolean;
  /** Who may see what. Default: everybody on this machine sees everything. */
  readonly access?: readonly AccessRule[];
  /** Makes it https and wss. */
  readonly tls?: TlsIdentity;
  /** Silent by default. */
  readonly log?: Logger;
}

/** A running server. */
export interface RunningServer {
  /** `ws://host:port`, or `wss://`, with the port that is really open. */
  readonly url: string;
  /**
   * Offers one more stream, and tells every session.
   * @throws FramenestError OPTION_INVALID where its name is taken; ABORTED once the server closes
   */
  add(stream: TokenStream): void;
  /** Closes a stream and offers it no more. */
  remove(name: string): Promise<void>;
  /**
   * Takes other access rules. Sessions whose rule is gone or was changed are closed with UNAUTHORIZED.
   * @throws FramenestError OPTION_INVALID; LISTEN_REFUSED where none are left and it listens beyond this machine
   */
  admit(rules: readonly AccessRule[]): void;
  /** Uses another certificate for connections that come from now on; nothing where it listens without one. */
  readonly renew: (tls: TlsIdentity) => void;
  /** Takes in how long a frame waited for the encoder and ran, for the metrics. */
  readonly encoded: EncoderTimes;
  /**
   * Says goaway, stops the streams, gives clients two seconds to take what is left, and closes the sockets. Safe to call
   * twice.
   */
  close(): Promise<void>;
}

/**
 * Serves token streams over WebSocket, subprotocol framenest.v1 (docs/protocol.md).
 * @throws FramenestError OPTION_INVALID, LISTEN_REFUSED beyond loopback, LISTEN_FAILED where the port is taken
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, streams, name, tls, heartbeatMs = HEARTBEAT_MS, log = pino({ level: 'silent' }) } = options;
  const { access, origins } = guard(options, log);
  const directory = new StreamDirectory(streams);
  const sessions = new Map<WebSocket, Session>();
  const { logFailing } = options;
  const metrics = new ServerMetrics(directory, { ...countsOf(sessions), ...(logFailing && { logFailing }) });
  let closing: Promise<void> | undefined;
  const http = await httpServer({
    ...{ directory, metrics, name, access, broken: options.broken ?? (() => undefined) },
    leaving: () => closing !== undefined,
    hosts: new Set([...origins].map((origin) => new URL(origin).hostname)),
    ...(tls && { tls }),
    page: page({ access, stills: (stream) => directory.get(stream)?.stills }),
  });
  const keeper = { origins, access, gate: new HandshakeGate(), log };
  const sockets = openSockets(http, keeper, (socket, pass) =>
    welcome(socket, pass, { directory, sessions, name, log }),
  );
  const url = await listen(http, { host, port, secure: tls !== undefined });
  const heartbeat = keepAlive(sockets, heartbeatMs);
  for (const stream of streams) logStream(stream, log);
  const close = async (): Promise<void> => {
    clearInterval(heartbeat);
    const closed = new Promise((resolve) => http.close(resolve));
    for (const session of sessions.values()) session.goaway(GOAWAY_MS);
    await directory.close();
    await leave(sockets, [...sessions.values()]);
    // Who connected and never spoke would keep the server open.
    http.closeAllConnections();
    await closed;
  };
  return {
    url,
    encoded: metrics.encoded,
    add: (stream) => {
      directory.add(stream);
      logStream(stream, log);
    },
    remove: (gone) => directory.remove(gone),
    admit: (rules) => {
      checkListen({ host, access: new Access(rules), tls: tls !== undefined });
      access.replace(rules);
      for (const session of sessions.values()) if (!access.holds(session.pass)) session.refuse(noLonger(session.pass));
    },
    renew: (identity) => showCertificate(http, identity),
    close: () => (closing ??= close()),
  };
}

/** Who may come in, checked before anything listens. */
function guard(
  { host, tls, ...options }: ServerOptions,
  log: Logger,
): { access: Access; origins: ReadonlySet<string> } {
  const access = new Access(options.access);
  const warning = checkListen({ host, access, tls: tls !== undefined });
  for (const words of [warning, tls?.warning]) if (words) log.warn(words);
  return { access, origins: parseOrigins(options.origins ?? []) };
}

function showCertificate(http: HttpServer, { cert, key }: TlsIdentity): void {
  if (http instanceof TlsServer) http.setSecureContext({ cert, key, minVersion: TLS_VERSION });
}

function countsOf(sessions: ReadonlyMap<WebSocket, Session>): Record<'sessions' | 'subscriptions', () => number> {
  const subscriptions = (): number => [...sessions.values()].reduce((sum, each) => sum + each.subscriptions, 0);
  return { sessions: () => sessions.size, subscriptions };
}

interface Reception {
  readonly directory: StreamDirectory;
  readonly sessions: Map<WebSocket, Session>;
  readonly name: string;
  readonly log: Logger;
}

/** A new socket becomes a session, or is told why not. */
function welcome(socket: WebSocket, pass: Pass | FramenestError, { directory, sessions, name, log }: Reception): void {
  socket.on('error', (error) => log.warn({ reason: error.message }, 'socket failed'));
  const refusal = pass instanceof FramenestError ? pass.code : refuse(socket, sessions.size);
  if (pass instanceof FramenestError || refusal) {
    if (pass instanceof FramenestError) socket.send(JSON.stringify(errorMessage(pass)));
    return dismiss(socket, refusal ?? 'UNAUTHORIZED');
  }
  sessions.set(socket, new Session(socket, { directory, server: name, pass }));
  log.info({ sessions: sessions.size, token: pass.name }, 'session opened');
  socket.on('close', (status, reason) => {
    sessions.delete(socket);
    log.info({ sessions: sessions.size, token: pass.name, status, reason: reason.toString() }, 'session closed');
  });
}

/** Closes a socket that may not stay; one that does not answer is cut, so that it holds no place for long. */
function dismiss(socket: WebSocket, code: ErrorCode): void {
  socket.close(errorCodes[code].closeCode, code);
  setTimeout(() => socket.terminate(), GOAWAY_MS).unref();
}

function noLonger({ name }: Pass): FramenestError {
  return new FramenestError('UNAUTHORIZED', {
    what: `The token "${name}" is no longer one of this server, or may do something else now.`,
    mend: 'Connect again, or ask whoever runs the server.',
  });
}

interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

function refuse(socket: WebSocket, open: number): 'PROTOCOL_UNSUPPORTED' | 'SESSION_LIMIT' | undefined {
  if (socket.protocol !== PROTOCOL) return 'PROTOCOL_UNSUPPORTED';
  return open >= SESSIONS ? 'SESSION_LIMIT' : undefined;
}

function listen(http: HttpServer, { host, port, secure }: ListenAddress): Promise<string> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) => {
      const what = `Cannot listen on ${host}:${port}: ${cause.code ?? cause.message}.`;
      reject(
        new FramenestError('LISTEN_FAILED', { what, mend: 'Choose another --port; 0 takes any free one.', cause }),
      );
    });
    http.listen(port, host, () => {
      const bound = http.address() as AddressInfo;
      resolve(
        `${secure ? 'wss' : 'ws'}://${isIPv6(bound.address) ? `[${bound.address}]` : bound.address}:${bound.port}`,
      );
    });
  });
}

/** Waits for clients that still take what is left, though not for long; closes, then cuts, every socket. */
async function leave(sockets: WebSocketServer, sessions: readonly Session[]): Promise<void> {
  const limit = AbortSignal.timeout(GOAWAY_MS);
  await Promise.all(sessions.map((session) => session.settled(limit)));
  const open = [...sockets.clients].map(
    (socket) =>
      new Promise<void>((resolve) => {
        const cut = setTimeout(() => socket.terminate(), GOAWAY_MS);
        socket.once('close', () => {
          clearTimeout(cut);
          resolve();
        });
        socket.close(errorCodes.ABORTED.closeCode, 'ABORTED');
      }),
  );
  await Promise.all(open);
  sockets.close();
}
