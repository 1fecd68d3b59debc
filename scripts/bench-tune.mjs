// `npm run bench:tune`: sets up what is missing, then tunes the selector on half of a folder of videos and reports on the rest.
import { setup } from './setup.mjs';
import { reportFailure, runInForeground } from './steps.mjs';

await reportFailure(async () => {
  setup();
  process.exitCode = await runInForeground(['bench/quality/tune.mjs', ...process.argv.slice(2)]);
});
