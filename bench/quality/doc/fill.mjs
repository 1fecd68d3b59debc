/**
 * Puts tables into a page: each under the mark `<!-- table: NAME -->` of its name, in place of the table that stands there.
 * @param {string} page
 * @param {Record<string, string>} tables by name
 * @returns {string} the page; nothing else of it is changed
 * @throws RangeError where a mark has no table, or a table no mark
 */
export function fillTables(page, tables) {
  const left = new Set(Object.keys(tables));
  const filled = page.replaceAll(/(<!-- table: ([\w-]+) -->\n)((?:\|.*\n)*)/g, (_, mark, name) => {
    if (!left.delete(name))
      throw new RangeError(`The page has a mark for a table "${name}" that is not made, or two of them.`);
    return `${mark}${tables[name]}\n`;
  });
  if (left.size > 0) throw new RangeError(`The page has no mark for: ${[...left].join(', ')}.`);
  return filled;
}
