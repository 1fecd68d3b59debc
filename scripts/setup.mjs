// Brings a fresh clone to the point where everything runs. Each step is skipped when its work is already there. Node
// built-ins only: the first step installs the packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isMade, readCard } from './convert-encoder/encoder-card.mjs';
import { isMain, reportFailure, root, timed } from './steps.mjs';

const oldestNode = [20, 19];

/** The steps in their order: a name, whether the work is already done, and how to do it. */
export const steps = [
  { name: 'packages', isDone: () => arePackagesInstalled(root), run: installPackages },
  { name: 'build', isDone: () => isBuilt(root), run: build },
  { name: 'encoder', isDone: isEncoderMade, run: makeEncoder },
];

/**
 * Runs the steps that are not done yet.
 * @param {{quiet?: boolean}} options quiet: say nothing unless a step fails
 * @throws Error with what failed and how to mend it
 */
export function setup({ quiet = false } = {}) {
  checkNode(process.versions.node);
  for (const { name, isDone, run } of steps) {
    if (isDone()) continue;
    if (quiet) run();
    else timed(name, run);
  }
}

/** @throws Error where `version` ("20.19.0") is too old */
export function checkNode(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new Error(
    `framenest needs Node ${oldestNode.join('.')} or newer and this is ${version}: install a newer Node.`,
  );
}

/**
 * Whether node_modules holds what package-lock.json asks for: npm keeps a lock of what it installed there. Packages for
 * other platforms are optional and may be missing.
 */
export function arePackagesInstalled(folder) {
  const hidden = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = readPackages(hidden);
  return Object.entries(readPackages(join(folder, 'package-lock.json'))).every(([path, { version, optional }]) => {
    if (path === '') return true;
    if (!(path in installed)) return optional === true;
    return installed[path].version === version && existsSync(join(folder, path));
  });
}

function readPackages(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

// Without a network npm's own waits add up to more than a minute before it says so.
const patience = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];

function installPackages() {
  const { status, error, stderr } = spawnSync('npm', ['ci', '--loglevel=error', ...patience], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (error) throw new Error(`npm cannot be started (${error.code}): install npm, it comes with Node.`);
  if (status === 0) return;
  const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/.exec(stderr);
  if (unreachable) {
    throw new Error(
      `npm cannot reach its package registry (${unreachable[0]}): connect to the network and run it again.`,
    );
  }
  throw new Error(`\`npm ci\` failed, run it by hand to see more: ${stderr.trim().split('\n').slice(0, 4).join(' ')}`);
}

const stampOf = (folder) => join(folder, 'dist', '.stamp');

/** Whether dist/ was built from the sources as they are. */
export function isBuilt(folder) {
  const stamp = stampOf(folder);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digestOfSources(folder);
}

/** Marks dist/ as built from the sources as they were when `digest` was taken. */
export function stampBuild(folder, digest) {
  writeFileSync(stampOf(folder), digest);
}

/** SHA-256 in hex over the names and contents of everything that the build reads. */
export function digestOfSources(folder) {
  const sources = ['src', 'kernels', 'page']
    .flatMap((name) => readdirSync(join(folder, name), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const others = ['package.json', 'tsconfig.json'].map((name) => join(folder, name));
  const hash = createHash('sha256');
  for (const file of [...sources, ...others].sort()) {
    const bytes = readFileSync(file);
    hash.update(`${relative(folder, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function build() {
  // Taken before: a source saved during the build must lead to another build.
  const digest = digestOfSources(root);
  const report = runNode('scripts/build.mjs');
  if (report !== undefined) throw new Error(`${report}\nThe build failed: correct what the compiler names above.`);
  stampBuild(root, digest);
}

function isEncoderMade() {
  const { modelFile, sha256 } = readCard();
  return isMade(modelFile, sha256);
}

function makeEncoder() {
  const report = runNode('scripts/convert-encoder/main.mjs');
  if (report !== undefined) throw new Error(report);
}

/** Runs a script of ours; what it printed where it failed, else undefined. */
function runNode(script) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script)], { cwd: root, encoding: 'utf8' });
  return status === 0 ? undefined : `${stdout}${stderr}`.trim();
}

if (isMain(import.meta.url)) reportFailure(() => setup({ quiet: process.argv.includes('--quiet') }));
