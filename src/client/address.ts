import { FramenestError } from '../errors.ts';

/** Fields of a query that are named like a secret. */
const secretField = /token|key|pass|pwd|secret|sig|auth|credential|session|jwt/i;

/**
 * Refuses an address that holds a secret: addresses end in logs, in histories and with proxies.
 * @throws FramenestError OPTION_INVALID, which repeats nothing of it
 */
export function refuseSecrets(url: string): void {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  const secret = address ? address.username !== '' || address.password !== '' : url.includes('@');
  if (!secret && !(address && [...address.searchParams.keys()].some((name) => secretField.test(name)))) return;
  throw new FramenestError('OPTION_INVALID', {
    what: 'The address of the server holds a user, a password or a token.',
    mend: 'Give an address without them, and the token as "token"; `framenest watch` takes it from FRAMENEST_TOKEN.',
  });
}

/** Why no session came about, with scheme, host and port of the address alone: its other parts may be secret. */
export function cannotConnect(url: string, why: string): FramenestError {
  const { protocol = '', host = 'the address given' } = URL.canParse(url) ? new URL(url) : {};
  return new FramenestError('CONNECT_FAILED', {
    what: `Cannot connect to ${protocol}${protocol && '//'}${host}: ${why}.`,
    mend: 'Check the address and that "framenest serve" runs there.',
  });
}
