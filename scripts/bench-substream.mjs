// `npm run bench:substream`: sets up what is missing, then measures what decoding a camera with a sub-stream costs.
import { setup } from './setup.mjs';
import { reportFailure, runInForeground } from './steps.mjs';

await reportFailure(async () => {
  setup();
  process.exitCode = await runInForeground(['bench/sub-stream/main.mjs', ...process.argv.slice(2)]);
});
