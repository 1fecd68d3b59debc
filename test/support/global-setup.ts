import { existsSync } from 'node:fs';

/** The tests run against dist/: say so where it is missing, instead of failing at the first import. */
export default function setup(): void {
  if (!existsSync(new URL('../../dist/errors.js', import.meta.url))) {
    throw new Error('dist/ is missing. Run "npm run build" first, or "npm test", which does everything.');
  }
}
