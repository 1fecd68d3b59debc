/** The whole lines of a text, each as JSON; a last one that has not come to its end is left out. */
export function jsonLines(text: string): unknown[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
