import Table from 'cli-table3';
import pc from 'picocolors';

const colors = { pass: pc.green, fail: pc.red, skip: pc.yellow };

/** Control characters of a server's words must not reach the terminal. */
function plain(words) {
  // eslint-disable-next-line no-control-regex
  return String(words).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

/** Outcomes, counted. */
export function countOf(results) {
  const count = { pass: 0, fail: 0, skip: 0 };
  for (const { outcome } of results) count[outcome]++;
  return count;
}

/** The results as a table, and under it a line of counts. */
export function tableOf({ server, stream, results }) {
  const table = new Table({
    head: ['group', 'check', 'result', 'seen'],
    colWidths: [15, 44, 8, 60],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { group, name, rule, outcome, seen } of results) {
    const words = outcome === 'fail' ? `${plain(seen)}\nThe protocol: ${rule}` : plain(seen);
    table.push([group, name, colors[outcome](outcome), words]);
  }
  const { pass, fail, skip } = countOf(results);
  return `${table.toString()}\n${plain(server)}, stream "${plain(stream)}": ${pass} pass, ${fail} fail, ${skip} skipped\n`;
}
