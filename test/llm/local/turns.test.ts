import { describe, expect, it } from 'vitest';
import { Turns } from '#dist/llm/local/turns.js';

describe('Turns', () => {
  it('lets one in at a time, in the order in which they came', async () => {
    const turns = new Turns(5);
    const log: string[] = [];
    const work = async (name: string): Promise<void> => {
      const done = await turns.take();
      log.push(`${name} in`);
      await Promise.resolve();
      log.push(`${name} out`);
      done?.();
    };
    await Promise.all(['a', 'b', 'c'].map(work));
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('turns away who would be one too many to wait', async () => {
    const turns = new Turns(1);
    const done = await turns.take();
    const second = turns.take();
    expect(turns.full).toBe(true);
    await expect(turns.take()).rejects.toThrow(RangeError);
    done?.();
    expect(turns.full).toBe(false);
    (await second)?.();
    expect(await turns.take()).toBeTypeOf('function');
  });

  it('lets go who stops waiting, and nobody else', async () => {
    const turns = new Turns(3);
    const done = await turns.take();
    const stop = new AbortController();
    const leaves = turns.take(stop.signal);
    const stays = turns.take();
    stop.abort();
    expect(await leaves).toBeUndefined();
    expect(await turns.take(stop.signal)).toBeUndefined();
    done?.();
    expect(await stays).toBeTypeOf('function');
  });
});
