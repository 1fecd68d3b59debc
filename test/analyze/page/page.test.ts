import { analyze } from '#dist/analyze/analyze.js';
import type { Analyzed } from '#dist/analyze/analyze.js';
import { makePage } from '#dist/analyze/page/page.js';
import { palette } from '#dist/analyze/page/palette.js';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { PaintedSource } from '../../support/painted-source.ts';
import { PatchMeanEncoder } from '../../support/patch-mean-encoder.ts';
import { scenery, withBox } from '../../support/picture.ts';

const SIDE = 96;

async function analyzed(count: number): Promise<Analyzed> {
  const ground = scenery(SIDE, 3);
  const paint = (i: number) => withBox(ground, { x: (i * 6) % 80, y: 20, width: 20, height: 20 }, [250, 20, i % 256]);
  const source = new PaintedSource({ count, paint });
  const encoder = new PatchMeanEncoder({ side: SIDE });
  return analyze({ source, encoder, options: {}, signal: new AbortController().signal });
}

/** Base64 may spell any word. */
const withoutPictures = (page: string): string => page.replaceAll(/base64,[^"]+/g, '');

describe('the page of an analysis', () => {
  let page = '';
  let found: Analyzed;
  beforeAll(async () => {
    found = await analyzed(60);
    page = await makePage(found, 'framenest analyze <"painted"> & more');
  });

  test('takes nothing from elsewhere and runs no script', () => {
    const addresses = [...page.matchAll(/[^\s"'=]*:\/\/[^\s"'<)]*/g)].map(([address]) => address);
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(page).not.toMatch(/<script|<link|@import|<iframe|\son\w+=/i);
    expect([...page.matchAll(/\bsrc="([^:"]+):/g)].every(([, scheme]) => scheme === 'data')).toBe(true);
  });

  test('holds what was found, and what made it, in the reader’s own words', () => {
    const { report } = found;
    const escaped = report.recommendation.sentence.replaceAll('"', '&quot;');
    for (const text of [escaped, report.encoderDigest, report.input]) expect(page).toContain(text);
    expect(page).toContain('framenest analyze &lt;&quot;painted&quot;&gt; &amp; more');
    expect(page).not.toContain('<"painted">');
    expect(withoutPictures(page)).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('draws four plots that have a title, a description and no colour of their own', async () => {
    const plots = [...page.matchAll(/<svg role="img"[\s\S]*?<\/svg>/g)].map(([svg]) => svg);
    expect(plots).toHaveLength(4);
    const ids = plots.flatMap((svg) => [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    expect(new Set(ids).size).toBe(ids.length);
    for (const svg of plots) {
      const [, names = ''] = /aria-labelledby="([^"]+)"/.exec(svg) ?? [];
      const [title, description] = names.split(' ');
      expect(svg).toMatch(new RegExp(`<title id="${title}">.{10,}</title><desc id="${description}">.{20,}</desc>`));
      for (const { light } of Object.values(palette)) expect(svg).not.toContain(light);
      // What draws nothing would be a page of one colour.
      const black = Buffer.from(svg.replaceAll(/var\(--[a-z0-9]+\)/g, '#000'));
      const drawn = await sharp(black).flatten({ background: '#fff' }).png().toBuffer();
      const { channels } = await sharp(drawn).stats();
      expect(channels[0]!.stdev).toBeGreaterThan(5);
    }
  });

  test('shows at most 24 small pictures, each with a text in its place and its tokens over it', async () => {
    const pictures = [
      ...page.matchAll(/<img src="data:image\/webp;base64,([^"]+)" width="(\d+)" height="(\d+)" alt="([^"]+)">/g),
    ];
    expect(pictures.length).toBe(found.film.frames.length);
    expect(pictures.length).toBeLessThanOrEqual(24);
    for (const [, bytes = '', width, height, alt] of pictures) {
      const facts = await sharp(Buffer.from(bytes, 'base64')).metadata();
      expect([facts.format, facts.width, facts.height]).toEqual(['webp', Number(width), Number(height)]);
      expect(Math.max(facts.width, facts.height)).toBeLessThanOrEqual(160);
      expect(alt).toMatch(/^Frame at 0:00:\d\d\.\d{3}: \d+ tokens?, .+; change \d\.\d\d/);
    }
    expect(page.match(/class="veil"/g)).toHaveLength(pictures.length);
  });

  test('follows the reader’s device: light or dark, wide or narrow', () => {
    expect(page).toContain('@media (prefers-color-scheme:dark)');
    expect(page).toContain('name="viewport" content="width=device-width');
    for (const [name, { light, dark }] of Object.entries(palette)) {
      expect(page).toContain(`--${name}:${light}`);
      expect(page).toContain(`--${name}:${dark}`);
    }
  });
});

test('the page of a single frame is whole', async () => {
  const page = await makePage(await analyzed(1), 'framenest analyze x');
  expect(page.match(/<img /g)).toHaveLength(1);
  expect(withoutPictures(page)).not.toMatch(/NaN|undefined|Infinity/);
});

test('no two colours of the plots are alike, on a light ground or a dark one', () => {
  for (const which of ['light', 'dark'] as const) {
    const values = Object.values(palette).map((color) => color[which]);
    expect(new Set(values).size).toBe(values.length);
    const shades = values.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    for (const name of ['fixed', 'every', 'change', 'uniform', 'usual', 'finest'] as const) {
      const color = shades[Object.keys(palette).indexOf(name)]!;
      for (const rival of ['ground', 'every', 'change', 'uniform', 'usual', 'finest'] as const) {
        if (rival === name) continue;
        const away = shades[Object.keys(palette).indexOf(rival)]!;
        expect(Math.hypot(...color.map((v, i) => v - away[i]!)), `${which} ${name} ${rival}`).toBeGreaterThan(50);
      }
    }
  }
});
