import Table from 'cli-table3';
import type { Command } from 'commander';
import { listEncoders } from '../../encode/known-encoders.ts';

/** `framenest models`: what `--encoder` knows by name. */
export function addModels(program: Command): void {
  program
    .command('models')
    .description('list the encoders that have a name, with their sizes and digests')
    .option('--json', 'print one JSON array')
    .action(async ({ json }: { json?: true }) => {
      const encoders = await listEncoders();
      if (json) return void process.stdout.write(`${JSON.stringify(encoders)}\n`);
      const head = ['name', 'source', 'input', 'grid', 'channels', 'licence', 'here', 'digest'];
      const table = new Table({ head, style: { head: [], border: [] } });
      for (const { name, source, inputSide, gridSide, channels, licence, installed, digest = '' } of encoders) {
        const here = installed ? 'yes' : 'on first use';
        table.push([
          name,
          source,
          `${inputSide} px`,
          `${gridSide}×${gridSide}`,
          channels,
          licence,
          here,
          digest.slice(0, 19),
        ]);
      }
      process.stdout.write(`${table.toString()}\n`);
    });
}
