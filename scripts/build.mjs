// Compiles src/, kernels/ and page/ to dist/ from scratch: no stale file of a renamed module survives.
import { chmodSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// The kernels allocate nothing and work in the memory that they are given: no runtime, no memory of their own.
const kernelOptions = ['-O3', '--runtime', 'stub', '--importMemory', '--enable', 'simd'];
const kernel = (name, folder) => [
  'assemblyscript/bin/asc.js',
  `kernels/${name}.ts`,
  ...['--outFile', `dist/${folder}/${name}.wasm`],
  ...kernelOptions,
];
const compilers = [
  ['typescript/bin/tsc', '-p', '.'],
  kernel('float32-rows', 'scales'),
  kernel('describe-cells', 'change'),
  ['vite/bin/vite.js', 'build', '--config', 'page/vite.config.ts', '--logLevel', 'warn'],
];

rmSync(`${root}/dist`, { recursive: true, force: true });
for (const [compiler, ...args] of compilers) {
  const command = [`${root}/node_modules/${compiler}`, ...args];
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
chmodSync(`${root}/dist/cli/main.js`, 0o755);
