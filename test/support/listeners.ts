import { getEventListeners } from 'node:events';

/** How many listeners wait on a signal: what is left behind there is a leak, since signals live as long as a stream. */
export const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;
