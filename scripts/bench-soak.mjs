// `npm run bench:soak`: sets up what is missing, then serves real cameras for so many minutes and watches.
import { setup } from './setup.mjs';
import { reportFailure, runInForeground } from './steps.mjs';

await reportFailure(async () => {
  setup();
  process.exitCode = await runInForeground(['bench/soak/main.mjs', ...process.argv.slice(2)]);
});
