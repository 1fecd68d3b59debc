// `npm start`: sets up what is missing, then shows the demo. Arguments go to the command `demo`.
import { setup } from './setup.mjs';
import { reportFailure, runInForeground } from './steps.mjs';

await reportFailure(async () => {
  setup();
  process.exitCode = await runInForeground(['dist/cli/main.js', 'demo', ...process.argv.slice(2)]);
});
