import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { VerifyClientCallbackAsync, WebSocket } from 'ws';
import { FramenestError } from '../errors.ts';
import { CONTROL_BYTES } from '../wire/control-message.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';
import type { Access, Pass } from './access.ts';
import type { HandshakeGate } from './handshake-gate.ts';
import { mayConnect } from './origin.ts';

/** A message up to this size is read, to be refused in words; a longer one costs the socket at its first bytes. */
const READ_BYTES = 4 * CONTROL_BYTES;

/** What decides who may open a socket. */
export interface Doorkeeper {
  readonly origins: ReadonlySet<string>;
  readonly access: Access;
  readonly gate: HandshakeGate;
  readonly log: Logger;
}

/** A socket that is open, and whose it is; or why it will not stay. */
export type OnSocket = (socket: WebSocket, admitted: Pass | FramenestError) => void;

/**
 * WebSockets on an HTTP server. Too many of one address get 429, pages of other origins 403. Who brings no good token gets
 * an open socket for as long as it takes to say so, since a browser shows its page nothing of an HTTP status; where too
 * many do that, 401.
 */
export function openSockets(server: HttpServer, keeper: Doorkeeper, onSocket: OnSocket): WebSocketServer {
  const admitted = new WeakMap<IncomingMessage, Pass | FramenestError>();
  const sockets = new WebSocketServer({
    server,
    maxPayload: READ_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    verifyClient: verifier(keeper, admitted),
  });
  sockets.on('connection', (socket, request) => {
    const pass = admitted.get(request);
    if (pass) onSocket(socket, pass);
  });
  // The same error rejects `listen`.
  return sockets.on('error', () => undefined);
}

function verifier(
  { origins, access, gate, log }: Doorkeeper,
  admitted: WeakMap<IncomingMessage, Pass | FramenestError>,
): VerifyClientCallbackAsync {
  return ({ origin, req }, answer) => {
    const { remoteAddress } = req.socket;
    if (!gate.enter(remoteAddress)) return answer(false, 429);
    if (!mayConnect(req.headers, origins)) {
      log.warn({ origin }, 'refused a page of another origin');
      return answer(false, 403);
    }
    const pass = access.admit(req.headers);
    if (pass instanceof FramenestError) {
      const release = gate.hold(remoteAddress);
      log.warn({ code: pass.code }, 'refused a socket');
      if (!release) return answer(false, 401);
      req.socket.once('close', release);
    }
    admitted.set(req, pass);
    answer(true);
  };
}

/** A vanished client sends no close: without pings its session would stay for ever. */
export function keepAlive(sockets: WebSocketServer, everyMs: number): NodeJS.Timeout {
  const answered = new WeakSet<WebSocket>();
  sockets.on('connection', (socket) => {
    answered.add(socket);
    socket.on('pong', () => answered.add(socket));
  });
  const timer = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!answered.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, everyMs);
  return timer.unref();
}
