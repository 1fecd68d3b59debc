import { FramenestError } from '../errors.ts';
import type { Access } from './access.ts';
import { isLoopback } from './origin.ts';

/** Where a server is to listen, and what protects it. */
export interface ListenPlan {
  /** Address to bind. */
  readonly host: string;
  readonly access: Access;
  /** Whether connections are encrypted. */
  readonly tls: boolean;
}

/**
 * Sees to it that nobody beyond this machine is let in without a token.
 * @returns what the log should warn of: tokens that would travel in the clear
 * @throws FramenestError LISTEN_REFUSED
 */
export function checkListen({ host, access, tls }: ListenPlan): string | undefined {
  if (isLoopback(host)) return undefined;
  if (!access.guarded) {
    throw new FramenestError('LISTEN_REFUSED', {
      what: `The server was asked to listen on "${host}", beyond this machine, without a token.`,
      mend: 'Set FRAMENEST_TOKEN or access.tokens, or listen on 127.0.0.1.',
    });
  }
  return tls ? undefined : 'Beyond this machine without TLS: tokens and pictures can be read on the way.';
}
