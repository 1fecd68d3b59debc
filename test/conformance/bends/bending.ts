import type { Bend, Bending, Ends, Message } from '../bent-proxy.ts';

/** A bend, and the checks that must fail where it is made: as few as the rule has. */
export interface BrokenRule extends Bend {
  readonly fails: readonly string[];
}

type Said = NonNullable<Bending['said']>;

/** Leaves a message out, or puts others in its place, where `matches`. */
export function saying(
  matches: (message: Message, text: string) => boolean,
  put: readonly (string | Message)[] = [],
): Bending {
  return { said: (text, message) => (matches(message, text) ? put : [text]) };
}

/** Answers what matches in the server's place, with a close of this status and nothing else. */
export function closing({ client }: Ends, matches: Parameters<typeof saying>[0], status: number): Bending {
  return {
    said: (text, message) => {
      if (!matches(message, text)) return [text];
      client.close(status);
      return [];
    },
  };
}

/** Changes what the server tells. */
export function telling(type: string, change: (message: Message) => readonly Message[]): Bending {
  return { told: (message) => (message.type === type ? change(message) : [message]) };
}

/** Changes `subscribe` where it has an option. */
export function subscribing(option: string, change: (message: Message) => Message): Bending {
  const said: Said = (text, message) =>
    message.type === 'subscribe' && option in message ? [change(message)] : [text];
  return { said };
}

/** Keeps an option of `subscribe` from the server. */
export function without(option: string): NonNullable<BrokenRule['bend']> {
  return () =>
    subscribing(option, (message) => Object.fromEntries(Object.entries(message).filter(([key]) => key !== option)));
}

/** Says something in the server's place. */
export const tell = ({ client }: Ends, message: Message): void => client.send(JSON.stringify(message));
/** Says something in the client's place. */
export const say = ({ server }: Ends, message: Message): void => server.send(JSON.stringify(message));
