import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { browserForTests, hasBrowser, phone } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { scenery } from '../support/picture.ts';
import { lightStream } from '../support/serving.ts';
import type { LightStream } from '../support/serving.ts';
import { SIDE, camera, card, levelsOf, pixelsOf, poll, sequenceOf } from './looking.ts';

const visit = browserForTests();

/** A file of one frame of which nothing is the same anywhere. */
function tree(name: string): LightStream {
  const encoder = new PatchMeanEncoder({ side: SIDE });
  const painting = { count: 1, paint: () => scenery(SIDE, 2) };
  return lightStream(name, painting, { encoder, options: { policy: 'fidelity', price: 4 } });
}

describe.skipIf(!hasBrowser)('all streams', () => {
  test('come and go with the server, and say so where there is none', async () => {
    const server = await PageServer.start([camera('door')]);
    // Its picture may be asked for while it goes.
    const { page } = await visit(server.url, { forgiven: /404 .*still\.jpg/ });
    await card(page, 'door').waitFor();
    server.add(camera('yard'));
    await card(page, 'yard').waitFor();
    await server.remove('door');
    await card(page, 'door').waitFor({ state: 'detached' });
    await server.remove('yard');
    await page.getByText('No stream yet').waitFor();
  });

  test('show their state, their figures, their pictures, and what was let go', async () => {
    const server = await PageServer.start([camera('door')]);
    const { page } = await visit(server.url);
    const door = card(page, 'door');
    await expect.poll(() => door.locator('.state').textContent(), poll).toContain('live');
    await expect
      .poll(() => door.locator('.figures').textContent(), poll)
      .toMatch(/6\.3 % of fixed-144.*frames\/s.*3 drops/);
    await expect
      .poll(() => door.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth), poll)
      .toBe(SIDE);
  });

  test('draw change and tokens over time, the tokens in the colour of their scale', async () => {
    const server = await PageServer.start([camera('door')]);
    const { page } = await visit(server.url);
    const [change, tokens] = [0, 1].map((i) => card(page, 'door').locator('.chart canvas').nth(i));
    await expect.poll(() => pixelsOf(change!, 'change'), poll).toBeGreaterThan(20);
    await expect.poll(() => pixelsOf(tokens!, 'level1'), poll).toBeGreaterThan(20);
    expect(await pixelsOf(tokens!, 'level3')).toBe(0);
  });

  test('draw the cells of a uniform frame and the cut of a tree over their pictures', async () => {
    const server = await PageServer.start([camera('uniform'), tree('tree')]);
    const { page } = await visit(server.url);
    const grid = (name: string): Locator => card(page, name).locator('.square canvas');
    await expect.poll(() => levelsOf(grid('uniform')), poll).toEqual([1]);
    await expect.poll(async () => (await levelsOf(grid('tree'))).length, poll).toBeGreaterThan(1);
    // Nine cells: the lines are at the thirds, and nowhere between them.
    const alpha = (x: number): Promise<number> =>
      grid('uniform').evaluate((element, share) => {
        const { width, height } = element as HTMLCanvasElement;
        const context = (element as HTMLCanvasElement).getContext('2d')!;
        return context.getImageData(Math.round(width * share), Math.round(height / 6), 1, 1).data[3]!;
      }, x);
    await expect.poll(async () => (await alpha(1 / 3)) > 200 && (await alpha(1 / 6)) < 100, poll).toBe(true);
  });
});

describe.skipIf(!hasBrowser)('one stream', () => {
  test('is opened, paused, scrubbed and left by keys alone', async () => {
    const server = await PageServer.start([camera('door')]);
    const { page } = await visit(server.url);
    await card(page, 'door').waitFor();
    await page.keyboard.press('1');
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(40);
    await page.keyboard.press('Space');
    const detail = page.locator('.detail');
    await expect.poll(() => detail.getAttribute('data-paused'), poll).toBe('true');
    await expect.poll(() => page.locator('.transport output').textContent(), poll).toMatch(/of #0 …/);
    const at = await sequenceOf(page);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => sequenceOf(page), poll).toBe(at - 2);
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(() => sequenceOf(page), poll).toBe(at - 12);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => sequenceOf(page), poll).toBe(at - 11);
    expect(await levelsOf(detail.locator('.square canvas'))).toEqual([1]);
    await page.keyboard.press('l');
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(at);
    await page.keyboard.press('?');
    await page.locator('dialog.help').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog.help').waitFor({ state: 'hidden' });
    await page.keyboard.press('Escape');
    await card(page, 'door').waitFor();
  });

  test('is slid back to the oldest packet that the log keeps, and not beyond', async () => {
    const server = await PageServer.start([camera('door', { kept: 30 })]);
    const { page } = await visit(`${server.url}#/stream/door`);
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(60);
    const slider = page.locator('input[type=range]');
    await slider.focus();
    await slider.press('Home');
    await expect.poll(async () => Number(await slider.getAttribute('min')), poll).toBeGreaterThan(0);
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThanOrEqual(Number(await slider.getAttribute('min')));
    expect(await page.locator('.detail').getAttribute('data-paused')).toBe('true');
  });

  test('is reached by Tab and Enter', async () => {
    const server = await PageServer.start([camera('door')]);
    const { page } = await visit(server.url);
    await card(page, 'door').waitFor();
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate(() => document.activeElement?.textContent)) === 'door') break;
    }
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
    expect(ring).toBe('solid');
    await page.keyboard.press('Enter');
    await page.locator('.detail').waitFor();
  });
});

describe.skipIf(!hasBrowser)('the page', () => {
  const ground = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test('is dark where the device is, and keeps what its reader chose', async () => {
    const server = await PageServer.start([]);
    const { page } = await visit(server.url, { colorScheme: 'dark' });
    expect(await ground(page)).toBe('rgb(20, 22, 27)');
    await page.keyboard.press('t');
    expect(await ground(page)).toBe('rgb(255, 255, 255)');
    await page.reload();
    expect(await ground(page)).toBe('rgb(255, 255, 255)');
  });

  test.each([320, 390])('needs no sideways scrolling at %i pixels', async (width) => {
    const server = await PageServer.start([camera('a camera with a long name and no_room_to_break_it_anywhere')]);
    const { page } = await visit(server.url, { viewport: { width, height: 700 } });
    const inner = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);
    await expect.poll(() => page.locator('.figures').textContent(), poll).toContain('3 drops');
    expect(await inner()).toBe(width);
    await page.keyboard.press('1');
    await page.locator('.detail').waitFor();
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(0);
    expect(await inner()).toBe(width);
  });

  test('opens a stream at its top, and comes back to its card', async () => {
    const server = await PageServer.start(['a', 'b', 'c'].map((name) => camera(name)));
    const { page } = await visit(server.url, phone);
    await card(page, 'c').scrollIntoViewIfNeeded();
    await page.keyboard.press('3');
    await page.locator('.detail').waitFor();
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await page.keyboard.press('Escape');
    await card(page, 'c').waitFor();
    const isInView = async (): Promise<boolean> => {
      const { y, height } = (await card(page, 'c').boundingBox())!;
      return y + height / 4 > 0 && y + (3 * height) / 4 < phone.viewport.height;
    };
    await expect.poll(isInView, poll).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('c');
  });

  test('asks for a token where the server does, says when it is wrong, and keeps it in the tab alone', async () => {
    const token = 'a-token-of-the-test-1';
    const rules = [{ name: 'reader', token, streams: ['door'] }];
    const server = await PageServer.start([camera('door'), camera('yard')], rules);
    // The refusals are what is tested here.
    const { page } = await visit(server.url, { forgiven: /40[13]|WebSocket connection/ });
    const input = page.locator('dialog.token input');
    await input.fill('a-token-of-nobody-00');
    await input.press('Enter');
    await page.getByText('The server refused this token.').waitFor();
    await input.fill(token);
    await input.press('Enter');
    await card(page, 'door').waitFor();
    await expect.poll(() => card(page, 'door').locator('img').isVisible(), poll).toBe(true);
    expect(await card(page, 'yard').count()).toBe(0);
    expect(page.url()).not.toContain(token);
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(token);
  });
});
