// 500 subscribers to one stream, beside a bare `ws` broadcast of the same messages to as many sockets.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, Option } from 'commander';
import { median } from '../median.mjs';
import { Child } from './child.mjs';
import { Crowd } from './crowd.mjs';
import { latency, saturate } from './rounds.mjs';
import { printFigures } from './print-figures.mjs';

const number = (text) => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`"${text}" is no number above 0.`);
};

const options = new Command('bench:fanout')
  .description(
    'bring one stream to many subscribers, as fast as they take it, beside a bare ws broadcast; then hang one',
  )
  .addOption(new Option('--subscribers <N>', 'how many').argParser(number).default(500))
  .addOption(new Option('--seconds <S>', 'of each round').argParser(number).default(2))
  .addOption(new Option('--rounds <N>', 'of each figure; medians are printed').argParser(number).default(7))
  .addOption(new Option('--processes <N>', 'that share the subscribers').argParser(number).default(2))
  .option('--no-log', 'keep packets in memory alone (default: in a log on disk too, in the folder for temporary files)')
  .option('--json <FILE>', 'write every round there (default: none)')
  .parse()
  .opts();

const { subscribers, seconds, rounds } = options;

/** One stream is paced to this share of what the machine can bring, and to no more than this many packets a second. */
const PACE = { share: 0.35, most: 30 };
const PACKET_BYTES = 144 * 576 * 2;

const crowd = await Crowd.start(options.processes);
const bare = await Child.start('bare-server.mjs');
const server = await Child.start('stream-server.mjs', ...(options.log ? ['--log'] : []));
const tell = (text) => process.stderr.write(`${text}\n`);

const idle = await server.call('usage');
await crowd.join('flow', subscribers, server.greeting, 'flow');
await crowd.join('bare', subscribers, bare.greeting);
const ours = { server, crowd, group: 'flow' };
const rival = {
  ...{ server: bare, crowd, group: 'bare' },
  begin: () => bare.call('run', true),
  rest: () => bare.call('run', false),
};

const throughput = [];
for (let round = -1; round < rounds; round++) {
  const pair = await inTurn(round, { ours: () => saturate(ours, seconds), rival: () => saturate(rival, seconds) });
  const ratio = pair.ours.bytesPerSecond / pair.rival.bytesPerSecond;
  tell(`round ${round}: ${rate(pair.ours)} and ${rate(pair.rival)}, ratio ${ratio.toFixed(3)}`);
  if (round >= 0) throughput.push({ ...pair, ratio });
}
const full = await server.call('usage');
await crowd.leave('flow');

await crowd.join('live', subscribers, server.greeting, 'live');
const atPace = (child) => ({ begin: () => child.call('pace', PACE.most), rest: () => child.call('pace', 0) });
const paced = [];
for (let round = -1; round < rounds; round++) {
  const pair = await inTurn(round, {
    ours: () => saturate({ server, crowd, group: 'live', ...atPace(server) }, seconds),
    rival: () => saturate({ server: bare, crowd, group: 'bare', ...atPace(bare) }, seconds),
  });
  const ratio = pair.ours.bytesPerSecond / pair.rival.bytesPerSecond;
  tell(`round ${round}, ${PACE.most} packets/s: ${rate(pair.ours)} and ${rate(pair.rival)}, ratio ${ratio.toFixed(3)}`);
  if (round >= 0) paced.push({ ...pair, ratio });
}
await crowd.leave('bare');
await crowd.leave('live');

const brought = median(throughput.map((each) => each.ours.bytesPerSecond)) / PACKET_BYTES / subscribers;
const pace = Math.min(PACE.most, brought * PACE.share);
await crowd.join('others', subscribers - 1, server.greeting, 'live');
const others = { server, crowd, group: 'others' };
const stuck = [];
for (let round = -1; round < rounds; round++) {
  const { without, beside } = await inTurn(round, {
    without: () => latency(others, pace, seconds),
    beside: besideStuck,
  });
  const ratio = beside.p99 / without.p99;
  tell(`round ${round}: p99 ${without.p99.toFixed(0)} ms, ${beside.p99.toFixed(0)} ms with one stuck`);
  if (round >= 0) stuck.push({ without, beside, ratio });
}
crowd.end();
bare.stop();
server.stop();

/** Latencies of the others while one subscriber grants once and then reads nothing. */
async function besideStuck() {
  await crowd.join('stuck', 1, server.greeting, 'live');
  await crowd.hang('stuck');
  const result = await latency(others, pace, seconds);
  await crowd.leave('stuck');
  return result;
}

/** Both, each first in every other round: neither always follows the other. */
async function inTurn(round, both) {
  const entries = Object.entries(both);
  if (round % 2 === 0) entries.reverse();
  const results = {};
  for (const [name, measure] of entries) results[name] = await measure();
  return results;
}

function rate({ bytesPerSecond, cpuPerGigabyte, clientCpuPerGigabyte }) {
  return `${(bytesPerSecond / 1e6).toFixed(0)} MB/s (${cpuPerGigabyte.toFixed(2)} s of processor time a GB; clients ${clientCpuPerGigabyte.toFixed(2)})`;
}

const memory = { idle: idle.rss, full: full.rss, each: (full.rss - idle.rss) / subscribers };
const result = { options, throughput, paced, pace, stuck, memory };
printFigures(result);
const [{ model = 'unknown' } = {}] = cpus();
const log = options.log ? 'with the log on disk' : 'packets in memory alone';
console.log(
  `${cpus().length} × ${model}, Node ${process.version}, ${log}, medians of ${rounds} rounds of ${seconds} s`,
);
if (options.json) writeFileSync(options.json, JSON.stringify(result, undefined, 2));
process.exit(0);
