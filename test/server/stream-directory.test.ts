import { StreamDirectory } from '#dist/server/stream-directory.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';
import { cutStream, lightStream } from '../support/serving.ts';
import { until } from '../support/sleep.ts';

/** A directory of files with these names, and how often it has changed. */
function directoryOf(...names: string[]) {
  const directory = new StreamDirectory(names.map((name) => lightStream(name).stream));
  const changes: string[][] = [];
  directory.changes.subscribe(() => changes.push(directory.all.map(({ name }) => name)));
  onTestFinished(() => directory.close());
  return { directory, changes };
}

describe('a directory of streams', () => {
  test('finds streams by name and tells of all in the order in which they came', async () => {
    const { directory } = directoryOf('b', 'a');
    directory.add(lightStream('c').stream);
    expect(directory.all.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
    expect(directory.get('a')?.name).toBe('a');
    expect(directory.get('d')).toBeUndefined();
    await directory.remove('a');
    expect(directory.get('a')).toBeUndefined();
  });

  test('tells of each change once it holds', async () => {
    const { directory, changes } = directoryOf('a');
    directory.add(lightStream('b').stream);
    await directory.remove('a');
    await directory.remove('nobody');
    expect(changes).toEqual([['a', 'b'], ['b']]);
  });

  test('refuses a second stream of a name, one more than 1024, and any once it is closed', async () => {
    const { directory, changes } = directoryOf('a');
    expect(thrownBy(() => directory.add(lightStream('a').stream)).what).toBe('Two streams are called "a".');
    for (let i = 1; i < 1024; i++) directory.add(lightStream(`s${i}`).stream);
    expect(codeOf(() => directory.add(lightStream('more').stream))).toBe('OPTION_INVALID');
    await directory.remove('s1');
    expect(codeOf(() => directory.add(lightStream('more').stream))).toBeUndefined();
    const before = changes.length;
    await directory.close();
    expect(codeOf(() => directory.add(lightStream('late').stream))).toBe('ABORTED');
    expect(changes).toHaveLength(before);
  });

  test('closes what it gives up: one stream when it is removed, all when it is closed', async () => {
    const streams = ['a', 'b', 'c'].map((name) => lightStream(name, { live: true, count: Infinity, everyMs: 2 }));
    const directory = new StreamDirectory(streams.map(({ stream }) => stream));
    await directory.remove('b');
    expect(streams.map(({ stream }) => stream.ended)).toEqual([false, true, false]);
    expect(streams[1]!.stream.error?.code).toBe('ABORTED');
    await directory.close();
    expect(streams.every(({ stream, source }) => stream.ended && source.shut)).toBe(true);
  });

  test('brings the events of every stream together, those of streams that come later included', async () => {
    const [first, later] = [cutStream('first'), cutStream('later')];
    const directory = new StreamDirectory([first.stream]);
    onTestFinished(() => directory.close());
    const heard: string[] = [];
    const listening = directory.events.subscribe(({ stream, event }) => heard.push(`${stream} ${event}`));
    first.stream.read('start');
    await until(() => heard.includes('first cut'));
    directory.add(later.stream);
    later.stream.read('start');
    await until(() => heard.includes('later cut'));
    listening.unsubscribe();
    await Promise.all([first, later].map(({ stream }) => stream.whenEnded()));
    expect(heard.filter((each) => each.endsWith('cut'))).toEqual(['first cut', 'later cut']);
  });
});
