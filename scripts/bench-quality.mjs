// `npm run bench:quality`: sets up what is missing, then measures scale selection on a folder of videos.
import { setup } from './setup.mjs';
import { reportFailure, runInForeground } from './steps.mjs';

await reportFailure(async () => {
  setup();
  process.exitCode = await runInForeground(['bench/quality/main.mjs', ...process.argv.slice(2)]);
});
