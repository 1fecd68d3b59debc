// Many real RTSP cameras, one service, for as long as it is told to: what a night would show in minutes, or a night.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { startCameras } from './cameras.mjs';
import { faultPlan } from './faults.mjs';
import { sampleService } from './samples.mjs';
import { startService } from './service.mjs';
import { printSample, printVerdict, verdictOf } from './verdict.mjs';

const number = (text) => {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`"${text}" is no number from 0.`);
};

const program = new Command('bench:soak')
  .description(
    'serve real RTSP cameras, hurt them, and print memory slope, handles, latency drift and the balance of counts',
  )
  .addOption(new Option('--minutes <N>', 'how long').argParser(number).default(2))
  .addOption(new Option('--cameras <N>', 'cameras of 640×360').argParser(number).default(8))
  .addOption(new Option('--fps <N>', 'pictures a second of each').argParser(number).default(10))
  .addOption(
    new Option(
      '--fault-every <S>',
      'seconds between two faults: a camera cut off, frozen or restarted, a decoder killed; 0: none',
    )
      .argParser(number)
      .default(0),
  )
  .addOption(new Option('--sample-every <S>', 'seconds between two rows').argParser(number).default(10))
  .option('--policy <NAME>', 'policy of every source', 'fidelity')
  .option('--encoder <NAME>', 'vision encoder', 'mobilenet-v2')
  .option('--json <FILE>', 'write every sample and the verdict there (default: none)')
  .parse();
const options = program.opts();

const cameras = await startCameras(options);
const service = await startService(cameras, options);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void Promise.all([service.stop(), cameras.stop()]).then(() => process.exit(130)));
}
const samples = [];
let exitCode;
try {
  process.stdout.write(
    `${options.cameras} cameras, 640×360, ${options.fps} pictures/s, policy ${options.policy}, ${service.url}\n`,
  );
  await service.allLive(60_000);
  const faults = faultPlan(cameras, service, options.faultEvery);
  const end = Date.now() + options.minutes * 60_000;
  for (let next = Date.now(); Date.now() < end; await sleep(Math.max(0, next - Date.now()))) {
    const sample = await sampleService(service);
    samples.push(sample);
    printSample(sample, samples[0], samples.at(-2));
    next += options.sampleEvery * 1000;
  }
  const suffered = await faults.stop();
  await service.allLive(90_000);
  samples.push(await sampleService(service));
  await cameras.stop();
  await service.noneLive(30_000);
  const verdict = verdictOf(samples, await sampleService(service), suffered, service);
  printVerdict(verdict);
  if (options.json) writeFileSync(options.json, JSON.stringify({ options, samples, verdict }, undefined, 2));
  exitCode = verdict.failures.length > 0 ? 1 : 0;
} finally {
  await service.stop();
  await cameras.stop();
}
process.exit(exitCode);
