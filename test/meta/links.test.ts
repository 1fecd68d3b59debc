import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = [
  'README.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`),
]
  .filter((file) => file.endsWith('.md'))
  .filter((file) => existsSync(path.join(root, file)));

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const withoutCode = (text: string): string =>
  text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** Targets of Markdown links and of `src` and `href` in HTML, those of other hosts aside. */
function relativeLinks(text: string): string[] {
  const markdown = withoutCode(text).matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g);
  const references = withoutCode(text).matchAll(/^\[[^\]]+\]:\s+(\S+)/gm);
  const html = withoutCode(text).matchAll(/(?:src|href)="([^"]+)"/g);
  return [...markdown, ...references, ...html]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z][a-z+.-]*:|^\/\//i.test(target));
}

/** The anchors that GitHub gives to the headings of a page. */
function anchors(text: string): string[] {
  return [...withoutCode(text.replaceAll('`', '')).matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the links between the pages', () => {
  test('are looked for in every page', () => {
    expect(pages).toContain('docs/errors.md');
    expect(relativeLinks(read('docs/errors.md'))).toContain('options.md');
  });

  test.each(pages)('of %s lead to files and headings that exist', (page) => {
    const broken = relativeLinks(read(page)).filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : path.join(path.dirname(page), decodeURIComponent(file));
      if (target.startsWith('..') || !existsSync(path.join(root, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchors(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});
