import Table from 'cli-table3';
import { median } from '../median.mjs';

/** The table of `bench:fanout`: medians over its rounds. */
export function printFigures({ throughput, paced, stuck, pace, memory, options }) {
  const of = (rounds, pick) => median(rounds.map(pick));
  const head = ['figure', 'ours', 'rival', 'ratio', 'target', 'reached'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const row = (name, unit, [ours, rival], ratio, target, reached) => {
    const words = (value) => (typeof value === 'number' ? `${value.toFixed(value < 10 ? 2 : 0)} ${unit}` : value);
    table.push([
      name,
      words(ours),
      words(rival),
      ratio.toFixed(3),
      target,
      { true: 'yes', false: 'NO' }[reached] ?? '',
    ]);
  };
  const both = (rounds, pick) => [of(rounds, ({ ours }) => pick(ours)), of(rounds, ({ rival }) => pick(rival))];
  const n = options.subscribers;
  const bytes = (name, rounds, target) => {
    const ratio = of(rounds, (each) => each.ratio);
    const rates = both(rounds, (side) => side.bytesPerSecond / 1e6);
    row(name, 'MB/s', rates, ratio, target ? `≥ ${target}` : '', target ? ratio >= target : undefined);
    const cost = both(rounds, (side) => side.cpuPerGigabyte);
    row('  processor time of the server, a GB', 's', cost, cost[0] / cost[1], '', undefined);
  };
  bytes(`bytes to ${n} subscribers at 30 packets/s`, paced, 0.9);
  bytes('  as fast as they take them', throughput, undefined);
  const p99 = [of(stuck, ({ beside }) => beside.p99), of(stuck, ({ without }) => without.p99)];
  const slower = of(stuck, (each) => each.ratio);
  row(`p99, one stuck; rival: none\n${pace.toFixed(1)} packets/s`, 'ms', p99, slower, '≤ 1.10', slower <= 1.1);
  console.log(table.toString());
  const mebi = (bytes) => (bytes / 2 ** 20).toFixed(1);
  console.log(
    `resident memory: ${mebi(memory.idle)} MiB, with ${n} subscribers ${mebi(memory.full)} MiB: ${mebi(memory.each)} MiB each`,
  );
}
