/** A text as HTML and SVG want it, in an attribute too. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A table; the cells are texts. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string): string =>
    row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('');
  return `<div class="wide"><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** A titled part of the page. */
export function section(title: string, ...parts: readonly string[]): string {
  return `<section><h2>${escape(title)}</h2>${parts.join('')}</section>`;
}

/** A paragraph of plain text. */
export function paragraph(text: string): string {
  return `<p>${escape(text)}</p>`;
}

/** `m:ss`, for axes. */
export function clock(s: number): string {
  return `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;
}

/** `1 token`, `9 tokens`. */
export function tokenCount(count: number): string {
  return count === 1 ? '1 token' : `${count} tokens`;
}
