import { Command } from 'commander';
import { addAnalyze } from './commands/analyze.ts';
import { addAsk } from './commands/ask.ts';
import { addDemo } from './commands/demo.ts';
import { addInspect } from './commands/inspect.ts';
import { addModels } from './commands/models.ts';
import { addRun } from './commands/run.ts';
import { addServe } from './commands/serve.ts';
import { addSummarize } from './commands/summarize.ts';
import { addWatch } from './commands/watch.ts';
import { exitStatuses } from './fail.ts';
import { version } from './version.ts';

/** The command line: one file a command. A wrong call is thrown, for `fail` to tell. */
export function makeProgram(): Command {
  const program = new Command('framenest')
    .description('Video in, a live stream of nested visual tokens out.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', `\n${exitStatuses}`);
  for (const add of [addDemo, addRun, addServe, addWatch, addInspect, addAnalyze, addAsk, addSummarize, addModels])
    add(program);
  return program;
}
