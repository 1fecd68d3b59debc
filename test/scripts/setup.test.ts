import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSetupScripts } from '../support/setup-scripts.ts';

const scripts = await loadSetupScripts();
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framenest-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: string | object): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('the step that installs packages', () => {
  const left = { 'node_modules/left': { version: '1.0.0' } };
  const packages = {
    '': { name: 'x' },
    ...left,
    'node_modules/for-other-systems': { version: '2.0.0', optional: true },
  };

  beforeEach(() => {
    write('package-lock.json', { packages });
    write('node_modules/.package-lock.json', { packages: left });
    write('node_modules/left/package.json', {});
  });

  it('is skipped where every package is there, optional ones aside', () => {
    expect(scripts.arePackagesInstalled(folder)).toBe(true);
  });

  it('runs where nothing was ever installed', () => {
    rmSync(join(folder, 'node_modules'), { recursive: true });
    expect(scripts.arePackagesInstalled(folder)).toBe(false);
  });

  it('runs where the lock asks for another version', () => {
    write('package-lock.json', { packages: { ...packages, 'node_modules/left': { version: '1.0.1' } } });
    expect(scripts.arePackagesInstalled(folder)).toBe(false);
  });

  it('runs where the lock asks for one more package', () => {
    write('package-lock.json', { packages: { ...packages, 'node_modules/right': { version: '1.0.0' } } });
    expect(scripts.arePackagesInstalled(folder)).toBe(false);
  });

  it('runs where somebody deleted a package', () => {
    rmSync(join(folder, 'node_modules/left'), { recursive: true });
    expect(scripts.arePackagesInstalled(folder)).toBe(false);
  });
});

describe('the step that builds', () => {
  beforeEach(() => {
    for (const file of ['src/a.ts', 'src/deep/b.ts', 'kernels/k.ts', 'page/p.ts', 'package.json', 'tsconfig.json'])
      write(file, file);
    mkdirSync(join(folder, 'dist'));
    scripts.stampBuild(folder, scripts.digestOfSources(folder));
  });

  it('is skipped where nothing changed but a time stamp', () => {
    utimesSync(join(folder, 'src/a.ts'), new Date(), new Date());
    expect(scripts.isBuilt(folder)).toBe(true);
  });

  it.each([
    { change: 'a source changed', act: () => write('src/deep/b.ts', 'changed') },
    { change: 'a kernel changed', act: () => write('kernels/k.ts', 'changed') },
    { change: 'the page changed', act: () => write('page/p.ts', 'changed') },
    { change: 'a source is new', act: () => write('src/c.ts', '') },
    { change: 'a source has another name', act: () => renameSync(join(folder, 'src/a.ts'), join(folder, 'src/z.ts')) },
    { change: 'the options of the compiler changed', act: () => write('tsconfig.json', '{}') },
    { change: 'dist/ is gone', act: () => rmSync(join(folder, 'dist'), { recursive: true }) },
  ])('runs where $change', ({ act }) => {
    act();
    expect(scripts.isBuilt(folder)).toBe(false);
  });
});

describe('the check of the Node version', () => {
  it.each(['18.20.0', '20.18.3'])('refuses %s and says which one is needed', (version) => {
    expect(() => scripts.checkNode(version)).toThrow(`needs Node 20.19 or newer and this is ${version}`);
  });

  it('accepts what package.json names as the oldest, and newer ones', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
    for (const version of [`${engines.node.replace('>=', '')}.0`, '22.0.0']) scripts.checkNode(version);
  });
});

describe('the search for skipped tests', () => {
  it('finds each way in which vitest leaves a test out', () => {
    write(
      'sample.test.mjs',
      `import { describe, expect, it } from 'vitest';
      it('runs', () => expect(1).toBe(1));
      it.skip('skips', () => {});
      it.todo('waits');
      it('leaves early', ({ skip }) => skip());
      it.skipIf(true)('skips on a condition', () => {});
      describe.skip('a group', () => it('sleeps', () => {}));`,
    );
    const report = join(folder, 'report.json');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = ['run', '--root', folder, '--reporter=json', `--outputFile=${report}`];
    // The sample lies outside the project, so it finds vitest through a link.
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    execFileSync(process.execPath, [vitest, ...args], { cwd: folder, stdio: 'pipe' });
    const skipped = scripts.findSkipped(JSON.parse(readFileSync(report, 'utf8')));
    expect(skipped).toEqual(['skips', 'waits', 'leaves early', 'skips on a condition', 'a group sleeps']);
  });
});
