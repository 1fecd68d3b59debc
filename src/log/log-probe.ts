import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openTables, packetKey } from './log-database.ts';
import { LogReader } from './log-reader.ts';

/** Most packets whose facts are looked at; the newest of each stream. */
const LOOKED_AT = 10_000;

// A program of its own: a database that is damaged in the right place ends the process that reads it.
const dir = process.argv[2] ?? '';
const tables = openTables(dir);
const stats = tables.root.getStats() as { pageSize: number; lastPageNumber: number };
if (statSync(join(dir, 'data.mdb')).size < (stats.lastPageNumber + 1) * stats.pageSize) {
  throw new Error('The file is shorter than its content.');
}
const reader = new LogReader(tables, (what) => {
  throw new Error(what);
});
tables.meta.get('left');
for (const { value } of tables.streams.getRange()) {
  const { id, next, oldest } = value;
  let newest: number | undefined;
  for (const key of tables.facts.getKeys({ start: packetKey(id, next), reverse: true, limit: LOOKED_AT })) {
    newest ??=
      Buffer.from(key).compare(packetKey(id, oldest)) < 0 ? undefined : Number(Buffer.from(key).readBigUInt64BE(4));
  }
  if (newest !== undefined) reader.packet(id, newest);
}
await tables.root.close();
