// `npm run nightly`: the fuzz tests with a million inputs, then 50 kills and 1,000 cuts of a serving process under load.
import { setup } from './setup.mjs';
import { reportFailure, runInForeground } from './steps.mjs';

const vitest = ['node_modules/vitest/vitest.mjs', 'run'];
const fuzz = ['test/fuzz', 'test/wire', 'test/config/broken-yaml.test.ts', 'test/client/client-fuzz.test.ts'];

await reportFailure(async () => {
  setup();
  process.env.FRAMENEST_FUZZ_RUNS ??= '1000000';
  process.env.FRAMENEST_FAULT_KILLS ??= '50';
  process.env.FRAMENEST_FAULT_CUTS ??= '1000';
  process.exitCode = await runInForeground([...vitest, ...fuzz]);
  process.exitCode ||= await runInForeground([...vitest, 'test/faults']);
});
