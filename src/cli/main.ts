#!/usr/bin/env node
import { fail } from './fail.ts';
import { makeProgram } from './program.ts';

makeProgram()
  .parseAsync(process.argv)
  .catch((thrown: unknown) => {
    process.exitCode = fail(thrown, process.argv.includes('--json'));
  });
