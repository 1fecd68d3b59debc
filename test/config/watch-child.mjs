// Watches a configuration until SIGTERM and prints a line of JSON for everything that it is told.
import { createServer } from 'node:net';
import { readConfig } from '#dist/config/read-config.js';
import { watchConfig } from '#dist/config/watch-config.js';

const [path] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
const abort = new AbortController();
process.once('SIGTERM', () => abort.abort());
// A watch keeps no process alive.
const alive = createServer().listen(0, '127.0.0.1');

const watched = watchConfig(path, {
  current: await readConfig(path),
  signal: abort.signal,
  onChange: (after, diff) => say({ sources: after.sources.map(({ name }) => name), ...diff }),
  onError: ({ code }) => say({ code }),
  // Nothing but SIGHUP makes it look again.
  everyMs: 3_600_000,
});
say('watching');
await watched;
alive.close();
say({ listeners: process.listenerCount('SIGHUP') });
