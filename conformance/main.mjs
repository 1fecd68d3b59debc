// Checks a server or proxy of framenest.v1 from outside: docs/conformance.md.
//   npm run conformance -- ws://host:port [--token-env NAME] [--stream NAME] [--json]
import { Command } from 'commander';
import { reportFailure } from '../scripts/steps.mjs';
import { countOf, tableOf } from './report.mjs';
import { runChecks } from './run.mjs';

const program = new Command('conformance')
  .description('Checks a server or proxy of framenest.v1 from outside.')
  .argument('<url>', 'ws://host:port or wss://host:port')
  .option('--token-env <NAME>', 'environment variable that holds the bearer token')
  .option('--stream <NAME>', 'stream to look at; default: the first live one')
  .option('--json', 'one JSON object instead of a table')
  .action(conformance);

async function conformance(url, { tokenEnv, stream, json = false }) {
  const token = tokenEnv === undefined ? undefined : process.env[tokenEnv];
  if (tokenEnv !== undefined && !token) throw new Error(`The environment variable ${tokenEnv} is not set.`);
  const progress = ({ outcome, name }) => json || process.stderr.write(`${outcome}  ${name}\n`);
  const report = await runChecks({ url, token, stream }, { report: progress });
  const count = countOf(report.results);
  process.stdout.write(json ? `${JSON.stringify({ ...report, count })}\n` : tableOf(report));
  if (count.fail > 0) process.exitCode = 1;
}

await reportFailure(() => program.parseAsync());
