import { FramenestError } from '../errors.ts';

/** WIRE_MALFORMED: a packet that cannot be of the stream whose facts are at hand. */
export function misfit(what: string): FramenestError {
  return new FramenestError('WIRE_MALFORMED', {
    what: `A packet does not fit its stream: it has ${what}.`,
    mend: 'Give the facts of the stream that the packets are of.',
  });
}
