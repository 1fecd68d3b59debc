import { memoryUsage } from 'node:process';

/**
 * Answers the calls of the process that started this one, see child.mjs.
 * @param greeting - what it is told first
 * @param calls - what it may call, by name; the processor time and memory of this process are always there
 */
export function answer(greeting, calls) {
  const all = {
    ...calls,
    usage: () => ({ cpu: process.cpuUsage(), rss: memoryUsage().rss }),
  };
  process.on('message', async ({ id, name, value }) => {
    process.send({ id, result: await all[name](value) });
  });
  process.on('disconnect', () => process.exit());
  process.send({ id: 0, result: greeting });
}
