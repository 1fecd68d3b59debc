#!/usr/bin/env node
import { fail } from './fail.ts';
import { makeProgram } from './program.ts';

// Whoever reads our output has seen enough, as in `framenest watch … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

makeProgram()
  .parseAsync(process.argv)
  .catch((thrown: unknown) => {
    process.exitCode = fail(thrown, process.argv.includes('--json'));
  });
