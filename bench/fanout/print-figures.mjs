import Table from 'cli-table3';
import { median } from '../median.mjs';

/** The table of `bench:fanout`: medians over its rounds. */
export function printFigures({ throughput, stuck, pace, memory, options }) {
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
  const ratio = of(throughput, (each) => each.ratio);
  const both = (pick) => [of(throughput, ({ ours }) => pick(ours)), of(throughput, ({ rival }) => pick(rival))];
  const n = options.subscribers;
  row(
    `bytes to ${n} subscribers`,
    'MB/s',
    both((side) => side.bytesPerSecond / 1e6),
    ratio,
    '≥ 0.90',
    ratio >= 0.9,
  );
  const cost = both((side) => side.cpuPerGigabyte);
  row('processor time of the server, a GB', 's', cost, cost[0] / cost[1], '', undefined);
  const p99 = [of(stuck, ({ beside }) => beside.p99), of(stuck, ({ without }) => without.p99)];
  const slower = of(stuck, (each) => each.ratio);
  row(`p99, one stuck; rival: none\n${pace.toFixed(1)} packets/s`, 'ms', p99, slower, '≤ 1.10', slower <= 1.1);
  console.log(table.toString());
  const mebi = (bytes) => (bytes / 2 ** 20).toFixed(1);
  console.log(
    `resident memory: ${mebi(memory.idle)} MiB, with ${n} subscribers ${mebi(memory.full)} MiB: ${mebi(memory.each)} MiB each`,
  );
}
