import type { Locator, Page } from 'playwright-core';
import { PacketRing } from '#dist/log/packet-ring.js';
import type { LoggedPacket } from '#dist/log/packet-log.js';
import { describe, expect, test } from 'vitest';
import { browserForTests, hasBrowser, phone } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { camera, charts, pixelsOf, poll, sequenceOf, stainOf } from './looking.ts';

const visit = browserForTests();

/** Half of the time that charts show of the past, seconds. */
const AROUND_S = 15;

/** What a paused page's charts are as wide as. */
const SPAN_S = 2 * AROUND_S;

/** Few frames a second: each is some pixels wide, also on a phone. */
const EVERY_MS = 250;

/** A log whose packets 8 … 15 were never kept, as after a power failure. */
class TornLog extends PacketRing {
  override get(sequence: number): LoggedPacket | undefined {
    return isTorn(sequence) ? undefined : super.get(sequence);
  }

  override seek(sequence: number): number {
    return super.seek(isTorn(sequence) ? 16 : sequence);
  }
}

const isTorn = (sequence: number): boolean => sequence >= 8 && sequence < 16;

/** Where on the screen a large chart has a time of the past, while the frame of another time is looked at. */
async function placeOf(chart: Locator, timeS: number, middleS: number): Promise<{ x: number; y: number }> {
  const over = (await chart.locator('.u-over').boundingBox())!;
  const share = (timeS - middleS + AROUND_S) / SPAN_S;
  return { x: over.x + share * over.width, y: over.y + over.height / 2 };
}

/** The page, paused at a frame. */
async function pausedAt(page: Page, sequence: number): Promise<void> {
  const slider = page.locator('input[type=range]');
  await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(sequence + 10);
  await page.keyboard.press('Space');
  await slider.fill(String(sequence));
  await expect.poll(() => sequenceOf(page), poll).toBe(sequence);
}

const devices = [
  ['at a desk', {}],
  ['on a phone', phone],
] as const;

test.skipIf(!hasBrowser).each([...devices, ['in the dark', { colorScheme: 'dark' }]] as const)(
  'packets that are missing are a hatched band in both charts, from the frame before to the frame after, %s',
  async (_, device) => {
    const log = new TornLog({ packets: 1024, bytes: 1 << 30 });
    const server = await PageServer.start([camera('door', { log }, EVERY_MS)]);
    const { page } = await visit(`${server.url}#/stream/door`, device);
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(16);
    for (const i of [0, 1]) {
      const canvas = charts(page).nth(i).locator('canvas');
      await expect
        .poll(async () => (await stainOf(canvas, 'tau', { opacity: [30, 255] })).pixels, poll)
        .toBeGreaterThan(50);
    }
    await expect.poll(() => page.locator('.figures').textContent(), poll).toContain('8 missing');
    await pausedAt(page, 7);
    const times = await server.timesOf('door', 17);
    for (const i of [0, 1]) {
      const chart = charts(page).nth(i);
      const canvas = (await chart.locator('canvas').boundingBox())!;
      const over = (await chart.locator('.u-over').boundingBox())!;
      const from = (await placeOf(chart, times.get(7)!, times.get(7)!)).x - canvas.x;
      const to = (await placeOf(chart, times.get(16)!, times.get(7)!)).x - canvas.x;
      const ground = await stainOf(chart.locator('canvas'), 'tau', { opacity: [30, 80] });
      const lines = await stainOf(chart.locator('canvas'), 'tau', { opacity: [120, 255] });
      // A band of a pale ground, and lines on it.
      for (const { left, right, top, bottom } of [ground, lines]) {
        expect(left).toBeGreaterThan(from - 2);
        expect(left).toBeLessThan(from + 9);
        expect(right).toBeLessThan(to + 2);
        expect(right).toBeGreaterThan(to - 9);
        expect(bottom - top).toBeGreaterThan(over.height * 0.6);
      }
      expect(ground.pixels).toBeGreaterThan(lines.pixels);
      // And nothing that looks like a figure of what is missing.
      const figure = i === 0 ? 'change' : 'level1';
      const inside = { between: [from + 4, to - 4], opacity: [60, 255] } as const;
      expect((await stainOf(chart.locator('canvas'), figure, inside)).pixels).toBe(0);
      expect(await pixelsOf(chart.locator('canvas'), figure)).toBeGreaterThan(20);
    }
    // It is stepped over.
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => sequenceOf(page), poll).toBe(16);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => sequenceOf(page), poll).toBe(7);
    await page.locator('input[type=range]').fill('10');
    await expect.poll(() => page.locator('.transport output').textContent(), poll).toMatch(/^#10 \(missing\) of /);
    expect(await sequenceOf(page)).toBe(16);
  },
);

describe.skipIf(!hasBrowser).each(devices)('%s', (_, device) => {
  test('a click or a tap into a chart looks at the frame that is there', async () => {
    const server = await PageServer.start([camera('door', {}, EVERY_MS)]);
    const { page } = await visit(`${server.url}#/stream/door`, device);
    const press = async ({ x, y }: { x: number; y: number }): Promise<void> => {
      if ('hasTouch' in device) await page.touchscreen.tap(x, y);
      else await page.mouse.click(x, y);
    };
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(20);
    // Two minutes are in view, and all frames are at their end: the first is nearest to their beginning.
    const tokens = charts(page).nth(1);
    await tokens.scrollIntoViewIfNeeded();
    const over = (await tokens.locator('.u-over').boundingBox())!;
    await press({ x: over.x + 5, y: over.y + over.height / 2 });
    await expect.poll(() => sequenceOf(page), poll).toBe(0);
    expect(await page.locator('.detail').getAttribute('data-paused')).toBe('true');
    const times = await server.timesOf('door', 20);
    let at = 0;
    for (const [i, to] of [
      [0, 12],
      [1, 5],
      [1, 20],
      [0, 3],
    ] as const) {
      const chart = charts(page).nth(i);
      await chart.scrollIntoViewIfNeeded();
      await press(await placeOf(chart, times.get(to)!, times.get(at)!));
      await expect.poll(() => sequenceOf(page), poll).toBe(to);
      at = to;
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(page.viewportSize()!.width);
  });

  test('a time of day is gone to, in the clock of its reader, and one that is not there is said not to be', async () => {
    const server = await PageServer.start([camera('door', {}, EVERY_MS)]);
    const { page } = await visit(`${server.url}#/stream/door`, { ...device, timezoneId: 'Asia/Kolkata' });
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(20);
    const times = await server.timesOf('door', 20);
    const second = Math.ceil(times.get(4)!);
    const [wanted] = [...times].find(([, timeS]) => timeS >= second)!;
    const input = page.getByLabel('Date and time to go to');
    const local = (timeS: number): string => new Date((timeS + 5.5 * 3600) * 1000).toISOString().slice(0, 19);
    await input.fill(local(second));
    await page.getByRole('button', { name: 'Go to' }).click();
    await expect.poll(() => sequenceOf(page), poll).toBe(wanted);
    const where = page.locator('.transport output');
    await expect.poll(() => where.textContent(), poll).toContain(`#${wanted} of #0 …`);

    await input.fill(local(second + 86_400));
    await input.press('Enter');
    await expect.poll(() => where.textContent(), poll).toContain('There is no frame of that time or later');
    expect(await sequenceOf(page)).toBe(wanted);

    // What is older than all is its beginning.
    await input.fill(local(second - 86_400));
    await input.press('Enter');
    await expect.poll(() => sequenceOf(page), poll).toBe(0);
    await expect.poll(() => where.textContent(), poll).toContain('#0 of #0 …');
  });
});

test.skipIf(!hasBrowser)('a click of a mouse that rests looks at what has come to be under it', async () => {
  const server = await PageServer.start([camera('door', {}, EVERY_MS)]);
  const { page } = await visit(`${server.url}#/stream/door`);
  await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(0);
  const over = (await charts(page).first().locator('.u-over').boundingBox())!;
  await page.mouse.move(over.x + over.width - 2, over.y + 20);
  await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(30);
  const newest = await sequenceOf(page);
  await page.mouse.down();
  await page.mouse.up();
  const where = page.locator('.transport output');
  await expect.poll(() => where.textContent(), poll).toMatch(/^#\d+ of #0 … #\d+$/);
  // The two pixels are half a second.
  expect(await sequenceOf(page)).toBeGreaterThan(newest - 5);
});

describe.skipIf(!hasBrowser)('by keys alone', () => {
  /** What has the focus, and whether that is seen. */
  const focus = (page: Page): Promise<string> =>
    page.evaluate(() => {
      const { activeElement: element } = document;
      const { outlineStyle, outlineWidth } = getComputedStyle(element!);
      const name = element?.getAttribute('aria-label') ?? element?.textContent ?? '';
      return `${name}: ${outlineStyle} ${outlineWidth}`;
    });

  test('all controls of a stream are reached, each is seen to have the focus, and none keeps it', async () => {
    const server = await PageServer.start([camera('door')]);
    const { page } = await visit(`${server.url}#/stream/door`);
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(5);
    const seen: string[] = [];
    for (let i = 0; i < 24; i++) {
      await page.keyboard.press('Tab');
      seen.push(await focus(page));
    }
    for (const name of ['Pause', 'One frame back', 'One frame on', 'Frame of the log', 'Live', 'Go to'])
      expect(seen).toContain(`${name}: solid 3px`);
    expect(seen).toContain('Date and time to go to: solid 3px');
    expect(seen).toContain('← all streams: solid 3px');
  });

  test('arrows belong to the field that has them, and Escape leads out of every field', async () => {
    const server = await PageServer.start([camera('door')]);
    const { page } = await visit(`${server.url}#/stream/door`);
    await pausedAt(page, 20);
    const slider = page.getByLabel('Frame of the log');
    await slider.press('ArrowLeft');
    await expect.poll(() => sequenceOf(page), poll).toBe(19);
    await slider.press('Home');
    await expect.poll(() => sequenceOf(page), poll).toBe(0);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => sequenceOf(page), poll).toBe(1);
    const time = page.getByLabel('Date and time to go to');
    await time.focus();
    for (const key of ['ArrowRight', 'ArrowUp', '1', 'l', 't']) await page.keyboard.press(key);
    expect(await sequenceOf(page)).toBe(1);
    expect(await page.locator('.detail').getAttribute('data-paused')).toBe('true');
    await page.keyboard.press('Escape');
    await page.locator('.overview').waitFor();
  });
});

describe.skipIf(!hasBrowser)('a device that asks for less motion', () => {
  /** Milliseconds between two paintings, over some of them. */
  const pace = (page: Page): Promise<number> =>
    page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const times: number[] = [];
          const watcher = new MutationObserver(() => {
            times.push(performance.now());
            if (times.length < 5) return;
            watcher.disconnect();
            resolve((times.at(-1)! - times[0]!) / 4);
          });
          watcher.observe(document.querySelector('[data-part=frame]')!, { attributeFilter: ['data-sequence'] });
        }),
    );

  test('gets a page that is painted once a second, moves nothing, and obeys its reader at once', async () => {
    const server = await PageServer.start([camera('door')]);
    const { page } = await visit(`${server.url}#/stream/door`, { reducedMotion: 'reduce' });
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(5);
    // A machine that is slow paints more rarely, never more often.
    expect(await pace(page)).toBeGreaterThan(700);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await expect.poll(() => pace(page), poll).toBeLessThan(700);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await pausedAt(page, 3);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => sequenceOf(page), poll).toBe(4);
  });
});
