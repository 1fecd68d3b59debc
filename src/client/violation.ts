import { FramenestError } from '../errors.ts';

/** PROTOCOL_VIOLATION for something that a server must not do. */
export function violation(what: string): FramenestError {
  return new FramenestError('PROTOCOL_VIOLATION', { what, mend: 'Report this to whoever runs the server.' });
}
