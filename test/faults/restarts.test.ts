import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';
import { until } from '../support/sleep.ts';
import { BrittleNetwork } from './brittle-network.ts';
import { Follower } from './follower.ts';
import type { Received } from './follower.ts';
import { ServingProcess } from './serving-process.ts';

/** At full length: FRAMENEST_FAULT_KILLS=50 FRAMENEST_FAULT_CUTS=1000. */
const kills = Number(process.env['FRAMENEST_FAULT_KILLS'] ?? 5);
const cuts = Number(process.env['FRAMENEST_FAULT_CUTS'] ?? 60);
const seed = Number(process.env['FRAMENEST_FAULT_SEED'] ?? 1);
const timeout = 120_000 + kills * 20_000 + cuts * 2000;

/** Packets that everybody gets of each life of the server. */
const EACH_LIFE = 5;

const subscribers = [
  { name: 'one token a frame', options: { maxScale: 1 } },
  { name: 'at most 36 tokens a frame', options: { maxScale: 36 } },
  { name: 'all that there is', options: {} },
];

/** The number of digests that were compared; fails where one differs. */
function compare(got: ReadonlyMap<number, Received>, log: ReadonlyMap<number, Received>, end: number): number {
  let compared = 0;
  for (const [sequence, { epoch, digest, demoted }] of got) {
    if (sequence >= end) continue;
    const logged = log.get(sequence);
    expect(epoch, `packet ${sequence}`).toBe(logged?.epoch);
    if (demoted) continue;
    expect(digest, `packet ${sequence}`).toBe(logged?.digest);
    compared++;
  }
  return compared;
}

describe('three subscribers of a live stream', () => {
  test(
    `get each packet once and as it is logged, over ${cuts} lost connections and ${kills} kills of the server`,
    {
      timeout,
    },
    async () => {
      const random = new Random(seed);
      const serving = await ServingProcess.start();
      const network = await BrittleNetwork.open(() => serving.port, random);
      const url = `ws://127.0.0.1:${network.port}`;
      const followers = await Promise.all(subscribers.map(({ options }) => Follower.start(url, options)));
      const newest = (): number => Math.max(...followers.map(({ next }) => next));
      for (let life = 1; life <= kills; life++) {
        const share = Math.round((cuts * life) / kills);
        network.cutMore(share - network.cuts);
        await Promise.all(followers.map((follower) => follower.reaches(newest() + EACH_LIFE)));
        while (network.cuts < share) {
          const before = network.cuts;
          await until(() => network.cuts > before);
        }
        await serving.kill();
        await serving.begin();
      }
      const end = newest() + EACH_LIFE;
      await Promise.all(followers.map((follower) => follower.reaches(end)));
      expect(network.cuts).toBe(cuts);

      // Who reads the log afterwards, undisturbed and from its start, gets the same.
      for (const [i, { name, options }] of subscribers.entries()) {
        const follower = followers[i]!;
        const log = await Follower.start(serving.url, options);
        await log.reaches(end);
        const upToEnd = (all: Follower): number[] => [...all.packets.keys()].filter((sequence) => sequence < end);
        expect(upToEnd(follower), name).toEqual(upToEnd(log));
        expect(
          follower.gaps.filter(({ from }) => from < end),
          name,
        ).toEqual(log.gaps.filter(({ from }) => from < end));
        expect(compare(follower.packets, log.packets, end), name).toBeGreaterThan(EACH_LIFE);
        // Each life of the server is an epoch of its own, and told something.
        const epochs = new Set([...log.packets.values()].map(({ epoch }) => epoch));
        expect(epochs.size, name).toBe(kills + 1);
      }
    },
  );
});
