// `npm run bench:fanout`: sets up what is missing, then brings one stream to many subscribers, beside a bare broadcast.
import { setup } from './setup.mjs';
import { reportFailure, runInForeground } from './steps.mjs';

await reportFailure(async () => {
  setup();
  process.exitCode = await runInForeground(['bench/fanout/main.mjs', ...process.argv.slice(2)]);
});
