import { describe, expect, test } from 'vitest';
import { folder, openStore } from '../log/log-rig.ts';
import { CuriousEncoder } from '../support/curious-encoder.ts';
import { cameraStream, lightStream, serve } from '../support/serving.ts';
import { bentProxy } from './bent-proxy.ts';
import type { BrokenRule } from './bends/bending.ts';
import { connectionRules } from './bends/connection.ts';
import { creditRules } from './bends/credit.ts';
import { TOKEN, guardedRules } from './bends/guarded.ts';
import { packetRules } from './bends/packets.ts';
import { queryRules } from './bends/queries.ts';
import { viewRules } from './bends/views.ts';
import { treeCamera } from './every-sort.ts';
import { loadKit, withOutcome } from './kit.ts';
import type { KitReport } from './kit.ts';

const kit = await loadKit();

/** What is bent is bent for as many kits at once: each waits most of its time. */
const AT_ONCE = 9;

/** A server with a stream of every sort: live trees, a film that ends, a camera that is lost. */
function everySort() {
  const film = lightStream('film', { count: 40 }, { options: { policy: 'fixed:36' } });
  const { stream: lost } = cameraStream('lost', ['refused', 'refused']);
  return serve([treeCamera(), film, lost]);
}

/** Names of the checks that failed against each bend. */
async function failuresOf(url: string, rules: Record<string, BrokenRule>): Promise<Record<string, readonly string[]>> {
  const failures: Record<string, readonly string[]> = {};
  const left = Object.entries(rules);
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [name, rule] = next;
      const report = await kit.runChecks({ url: await bentProxy(url, rule), stream: 'cam' });
      failures[name] = Object.keys(withOutcome(report, 'fail'));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

describe('the conformance kit finds nothing wrong', () => {
  test('with a live stream of ours, and leaves out only what needs another server', async () => {
    const report = await kit.runChecks({ url: (await everySort()).url });
    expect(withOutcome(report, 'fail')).toEqual({});
    expect(report.stream).toBe('cam');
    expect(skipped(report)).toEqual([
      'refuses a client without a token, or with a wrong one',
      'takes as many subscriptions as welcome says and refuses the next',
      'a stream that is over ends with its totals, without credit',
      'query leaves fine only a part of a frame',
      'ack is answered by acked on a durable stream',
    ]);
  });

  test('with a film of ours that ends', async () => {
    const report = await kit.runChecks({ url: (await everySort()).url, stream: 'film' });
    expect(withOutcome(report, 'fail')).toEqual({});
    expect(withOutcome(report, 'pass')).toHaveProperty('a stream that is over ends with its totals, without credit');
  });

  test('behind a proxy that changes nothing', async () => {
    const { url } = await everySort();
    const report = await kit.runChecks({ url: await bentProxy(url, {}), stream: 'cam' });
    expect(withOutcome(report, 'fail')).toEqual({});
  });
});

/** A server with tokens, a durable log, and more streams than one session may follow. */
async function guarded() {
  const { store } = await openStore(await folder());
  const many = Array.from({ length: 65 }, (_, i) => lightStream(String(i), { count: 1 }));
  const access = [{ name: 'kit', token: TOKEN, streams: ['*'] }];
  return serve([treeCamera(store.log('cam')), ...many], { access });
}

const needsGuarded = [
  'refuses a client without a token, or with a wrong one',
  'takes as many subscriptions as welcome says and refuses the next',
  'ack is answered by acked on a durable stream',
];

describe('the conformance kit, against a server with tokens, a durable log and many streams,', () => {
  test('finds nothing wrong in what only such a one shows', async () => {
    const report = await kit.runChecks({ url: (await guarded()).url, token: TOKEN }, { only: needsGuarded });
    expect(Object.keys(withOutcome(report, 'pass'))).toEqual(needsGuarded);
  });

  test.each(Object.entries(guardedRules))('behind a proxy that %s, fails exactly that check', async (_, rule) => {
    const url = await bentProxy((await guarded()).url, rule);
    const report = await kit.runChecks({ url, token: TOKEN, stream: 'cam' }, { only: needsGuarded });
    expect(Object.keys(withOutcome(report, 'fail'))).toEqual(rule.fails);
  });
});

const needsQueries = [
  'a query of a stream that takes none is OPTION_INVALID and the session goes on',
  'query leaves fine only a part of a frame',
];

describe('the conformance kit, against a server with a stream that takes queries and one that does not,', () => {
  const curious = (): Promise<{ url: string }> => {
    const encoder = new CuriousEncoder({ side: 96 });
    const asked = lightStream('asked', { count: 40 }, { encoder, options: { policy: 'fixed:144' } });
    return serve([asked, lightStream('plain')]);
  };

  test('finds nothing wrong', async () => {
    const report = await kit.runChecks({ url: (await curious()).url, stream: 'asked' });
    expect(withOutcome(report, 'fail')).toEqual({});
    expect(Object.keys(withOutcome(report, 'pass'))).toEqual(expect.arrayContaining(needsQueries));
  });

  test.each(Object.entries(queryRules))('behind a proxy that %s, fails exactly that check', async (_, rule) => {
    const url = await bentProxy((await curious()).url, rule);
    const report = await kit.runChecks({ url, stream: 'asked' }, { only: needsQueries });
    expect(Object.keys(withOutcome(report, 'fail'))).toEqual(rule.fails);
  });
});

describe.each([
  ['connections and messages', connectionRules],
  ['subscriptions and credit', creditRules],
  ['sequences and packets', packetRules],
  ['what a subscriber may ask for', viewRules],
])('the conformance kit, against proxies that break one rule of %s each,', (_, rules) => {
  test('fails exactly the checks of that rule', { timeout: 240_000 }, async () => {
    const { url } = await everySort();
    const expected = Object.fromEntries(Object.entries(rules).map(([name, { fails }]) => [name, fails]));
    expect(await failuresOf(url, rules)).toEqual(expected);
  });
});

function skipped(report: KitReport): string[] {
  return Object.keys(withOutcome(report, 'skip'));
}
