// Appends packets of three streams to a log, and says of each one that it is kept, until it is killed.
import { LogStore } from '#dist/log/log-store.js';

const [dir, size = '5000', most = 'Infinity'] = process.argv.slice(2);
// Resolves when the pipe has it: one that is full takes nothing, and what waits in this process dies with it.
const tell = (message) => new Promise((told) => process.stdout.write(`${JSON.stringify(message)}\n`, told));
const content = (sequence, length) => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (sequence * 31 + i * 7 + (i >> 8)) & 255;
  return bytes;
};

try {
  const store = await LogStore.open({
    dir,
    keep: { bytes: 2 ** 40, ageS: 1e9, packets: 1e9 },
    onTrouble: ({ code, what }) => void tell({ trouble: code, what }),
  });
  const write = async (name) => {
    const log = store.log(name);
    await tell({ opened: name, next: log.next });
    for (let i = 0; i < Number(most); i++) {
      const sequence = log.next;
      const bytes = content(sequence, (sequence * 7919) % Number(size));
      await log.append({ sequence, bytes, tokens: 1 + (sequence % 144), epoch: 3, atMs: Date.now() });
      await tell({ name, sequence, held: log.get(sequence)?.bytes.length === bytes.length });
    }
  };
  await Promise.all(['a', 'b', 'c'].map(write));
  await tell({ failing: store.failing !== undefined });
  await store.close();
} catch (error) {
  await tell({ error: error.code, what: error.what ?? String(error) });
}
