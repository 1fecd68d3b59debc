// `npm run bench`: sets up what is missing, then prints the figures of docs/performance.md.
import { setup } from './setup.mjs';
import { reportFailure, runInForeground } from './steps.mjs';

await reportFailure(async () => {
  setup();
  process.exitCode = await runInForeground(['bench/main.mjs', ...process.argv.slice(2)]);
});
