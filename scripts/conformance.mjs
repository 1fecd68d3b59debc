// `npm run conformance -- ws://host:port`: checks a server or proxy of framenest.v1 from outside (docs/conformance.md).
import { setup } from './setup.mjs';
import { reportFailure, runInForeground } from './steps.mjs';

await reportFailure(async () => {
  setup({ quiet: true });
  process.exitCode = await runInForeground(['conformance/main.mjs', ...process.argv.slice(2)]);
});
