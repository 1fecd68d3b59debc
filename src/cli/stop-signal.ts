/**
 * A signal that aborts at the first Ctrl-C or SIGTERM, so that work can end in order. The second one kills the process
 * as usual.
 */
export function stopSignal(): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => abort.abort());
  return abort.signal;
}
