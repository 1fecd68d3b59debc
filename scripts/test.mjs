// `npm test`: sets up what is missing, then every check, the fast ones first. Arguments go to vitest. With
// FRAMENEST_TEST_ALL=1 a skipped test is a failure.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup } from './setup.mjs';
import { isMain, reportFailure, root, runInForeground, startWatch, timed } from './steps.mjs';

const checks = [
  { name: 'types', run: ['typescript/bin/tsc', '-p', 'tsconfig.test.json', '--noEmit'] },
  { name: 'page types', run: ['typescript/bin/tsc', '-p', 'page/tsconfig.json', '--noEmit'] },
  { name: 'lint', run: ['eslint/bin/eslint.js', '.'] },
  { name: 'format', run: ['prettier/bin/prettier.cjs', '--check', '.'] },
  {
    name: 'layers',
    run: ['dependency-cruiser/bin/dependency-cruise.mjs', 'src', '--config', '.dependency-cruiser.cjs'],
  },
];

/**
 * The full names of the tests that did not run.
 * @param {{testResults: {assertionResults: {status: string, fullName: string}[]}[]}} report what vitest's JSON
 *   reporter wrote
 */
export function findSkipped(report) {
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName);
}

function runCheck([tool, ...args]) {
  const command = [join(root, 'node_modules', tool), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
  if (status === 0) return;
  const failure = new Error(`${stdout}${stderr}`.trim());
  failure.exitCode = status ?? 1;
  throw failure;
}

async function runTests(args) {
  const vitest = 'node_modules/vitest/vitest.mjs';
  if (process.env.FRAMENEST_TEST_ALL !== '1') return runInForeground([vitest, 'run', ...args]);
  const folder = mkdtempSync(join(tmpdir(), 'framenest-test-'));
  try {
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await runInForeground([vitest, 'run', ...reporters, ...args]);
    return code === 0 ? failOnSkipped(findSkipped(JSON.parse(readFileSync(report, 'utf8')))) : code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function failOnSkipped(skipped) {
  if (skipped.length === 0) return 0;
  const list = skipped.map((name) => `  ${name}`).join('\n');
  console.error(`FRAMENEST_TEST_ALL=1 asks for every test, and ${skipped.length} did not run:\n${list}`);
  return 1;
}

if (isMain(import.meta.url)) {
  await reportFailure(async () => {
    setup();
    for (const { name, run } of checks) timed(name, () => runCheck(run));
    const elapsed = startWatch();
    process.exitCode = await runTests(process.argv.slice(2));
    console.log(`tests … ${elapsed()}`);
  });
}
