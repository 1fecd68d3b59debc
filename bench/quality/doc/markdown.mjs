/**
 * A table in Markdown.
 * @param {readonly (string | number)[]} head
 * @param {readonly (readonly (string | number)[])[]} rows
 */
export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** A number of percent; a dash where there is none. */
export function percent(value, digits = 0) {
  return Number.isFinite(value) ? value.toFixed(digits).replace(/^-(0(\.0+)?)$/, '$1') : '–';
}

/**
 * A mean with its interval, where more than one clip stands behind it.
 * @param {{ mean: number, low: number, high: number, clips: number } | undefined} value percent
 */
export function interval(value) {
  if (!value) return '–';
  const [mean, low, high] = [value.mean, value.low, value.high].map((each) => percent(each));
  return value.clips > 1 ? `${mean} (${low} … ${high})` : mean;
}
