/** Exit statuses after a signal: 128 and its number, as shells say it. */
const statuses = { SIGINT: 130, SIGTERM: 143 } as const;

let received: keyof typeof statuses | undefined;

/**
 * A signal that aborts at the first Ctrl-C or SIGTERM, so that work can end in order. The second one kills the process
 * as usual.
 */
export function stopSignal(): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      received = name;
      abort.abort();
    });
  }
  return abort.signal;
}

/** The exit status that the signal asks for; undefined where none came. */
export function stopStatus(): number | undefined {
  return received && statuses[received];
}
