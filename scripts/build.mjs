// Compiles src/, kernels/ and page/ to dist/ from scratch: no stale file of a renamed module survives.
import { chmodSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const kernel = ['kernels/float32-rows.ts', '--outFile', 'dist/scales/float32-rows.wasm'];
// The kernel allocates nothing and works in the memory that it is given: no runtime, no memory of its own.
const kernelOptions = ['-O3', '--runtime', 'stub', '--importMemory', '--enable', 'simd'];
const compilers = [
  ['typescript/bin/tsc', '-p', '.'],
  ['assemblyscript/bin/asc.js', ...kernel, ...kernelOptions],
  ['vite/bin/vite.js', 'build', '--config', 'page/vite.config.ts', '--logLevel', 'warn'],
];

rmSync(`${root}/dist`, { recursive: true, force: true });
for (const [compiler, ...args] of compilers) {
  const command = [`${root}/node_modules/${compiler}`, ...args];
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
chmodSync(`${root}/dist/cli/main.js`, 0o755);
