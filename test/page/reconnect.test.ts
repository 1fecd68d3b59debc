import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { PacketRing } from '#dist/log/packet-ring.js';
import { browserForTests, hasBrowser, phone } from '../support/browser.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { LiveService } from '../support/live-service.ts';
import { PageServer } from '../support/page-server.ts';
import { camera, card, charts, framesOf, poll, sequenceOf } from './looking.ts';

const visit = browserForTests();

/** Nobody listens there. */
const NOBODY = 1;

/** What a browser says of a server that does not answer. */
const forgiven = /Failed to load resource|WebSocket connection to|still\.jpg|readyz/;

const connection = (page: Page): Locator => page.locator('.connection');

/** Marks the page as it is loaded: the mark is gone where it is loaded again. */
async function markPage(page: Page): Promise<void> {
  await page.evaluate(() => (document.documentElement.dataset['mark'] = 'first'));
}

async function isSamePage(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.dataset['mark'] === 'first');
}

/** Waits until a chart shows frames beyond a sequence. */
async function goesBeyond(chart: Locator, sequence: number): Promise<void> {
  await expect.poll(async () => (await framesOf(chart)).last, poll).toBeGreaterThan(sequence);
}

/** Each frame of a chart once, and none left out. */
async function expectWhole(chart: Locator): Promise<void> {
  const { count, first, last } = await framesOf(chart);
  expect(count).toBe(last - first + 1);
}

/** Says that the server is gone, and that nothing is known of a stream. */
async function expectLost(page: Page, badge: Locator): Promise<void> {
  await expect.poll(() => connection(page).getAttribute('data-state'), poll).toBe('lost');
  expect(await connection(page).textContent()).toBe('No connection. Trying again …');
  await expect.poll(() => badge.textContent(), poll).toContain('not known');
}

/** Says that the server is there again. */
async function expectBack(page: Page, badge: Locator): Promise<void> {
  await expect.poll(() => connection(page).textContent(), poll).toBe('1 stream');
  expect(await connection(page).getAttribute('data-state')).toBe('open');
  await expect.poll(() => badge.textContent(), poll).toContain('live');
}

describe.skipIf(!hasBrowser).each([
  ['at a desk', {}],
  ['on a phone', phone],
] as const)('a page that loses its server, %s,', (_, device) => {
  test('says so, and goes on by itself with every frame that there was meanwhile, each once', async () => {
    const server = await PageServer.start([camera('door')]);
    let port = server.port;
    const proxy = await FaultProxy.open(() => port);
    const { page } = await visit(`http://127.0.0.1:${proxy.port}/`, { ...device, forgiven });
    const chart = card(page, 'door').locator('.chart').first();
    await goesBeyond(chart, 10);
    await markPage(page);
    for (let i = 0; i < 2; i++) {
      const { last } = await framesOf(chart);
      port = NOBODY;
      proxy.reset();
      await expectLost(page, card(page, 'door').locator('.state'));
      port = server.port;
      await expectBack(page, card(page, 'door').locator('.state'));
      await goesBeyond(chart, last + 20);
      await expectWhole(chart);
    }
    expect(await card(page, 'door').locator('.figures').textContent()).not.toContain('missing');
    expect(await isSamePage(page)).toBe(true);
  });

  test('and its server restarted after kill -9, goes on where it was, also in the past', async () => {
    const source = { name: 'cam', input: 'lavfi:testsrc2=size=160x120:rate=10,realtime', live: true };
    let service = await LiveService.start([source]);
    let port = Number(new URL(service.url).port);
    const proxy = await FaultProxy.open(() => port);
    const { page } = await visit(`http://127.0.0.1:${proxy.port}/#/stream/cam`, { ...device, forgiven });
    await expect.poll(() => sequenceOf(page), poll).toBeGreaterThan(10);
    await markPage(page);
    service.process.child.kill('SIGKILL');
    await service.process.ended();
    port = NOBODY;
    const badge = page.locator('.detail .state');
    await expectLost(page, badge);
    const { last } = await framesOf(charts(page).first());
    // Nothing of the past can be read now, and that is said.
    const where = page.locator('.transport output');
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => where.textContent(), poll).toContain('Cannot connect');

    service = await LiveService.start([source], {}, service);
    port = Number(new URL(service.url).port);
    await expectBack(page, badge);
    // It is read as soon as it can be.
    await expect.poll(() => where.textContent(), poll).toMatch(/^#\d+ of #0 …/);
    const at = await sequenceOf(page);
    await page.getByRole('button', { name: 'One frame back' }).click();
    await expect.poll(() => sequenceOf(page), poll).toBe(at - 1);
    await page.getByRole('button', { name: 'Live' }).click();
    await goesBeyond(charts(page).first(), last + 10);
    for (const i of [0, 1]) await expectWhole(charts(page).nth(i));
    const seen = await page.locator('.figures').textContent();
    expect(seen).not.toContain('missing');
    await expect.poll(() => page.locator('.detail img').isVisible(), poll).toBe(true);
    expect(await isSamePage(page)).toBe(true);
  });
});

describe.skipIf(!hasBrowser)('a page whose server', () => {
  test('has let go meanwhile of what the page had not got says how much is missing', async () => {
    const log = new PacketRing({ packets: 20, bytes: 1 << 30 });
    const server = await PageServer.start([camera('door', { log })]);
    let port = server.port;
    const proxy = await FaultProxy.open(() => port);
    const { page } = await visit(`http://127.0.0.1:${proxy.port}/`, { forgiven });
    const door = card(page, 'door');
    const chart = door.locator('.chart').first();
    await goesBeyond(chart, 10);
    port = NOBODY;
    proxy.reset();
    await expectLost(page, door.locator('.state'));
    const { last, first } = await framesOf(chart);
    await expect.poll(() => log.oldest, poll).toBeGreaterThan(last + 10);
    port = server.port;
    await goesBeyond(chart, log.oldest);
    const missing = async (): Promise<number> => {
      const after = await framesOf(chart);
      expect(after.first).toBe(first);
      return after.last - after.first + 1 - after.count;
    };
    expect(await missing()).toBeGreaterThanOrEqual(10);
    await expect
      .poll(async () => (await door.locator('.figures').textContent())?.includes(`▨ ${await missing()} missing`), poll)
      .toBe(true);
  });

  test('counts anew, since it was restarted without a log, begins its charts anew', async () => {
    const before = await PageServer.start([camera('door')]);
    let port = before.port;
    const proxy = await FaultProxy.open(() => port);
    const { page } = await visit(`http://127.0.0.1:${proxy.port}/`, { forgiven });
    const door = card(page, 'door');
    const chart = door.locator('.chart').first();
    await goesBeyond(chart, 100);
    await markPage(page);
    port = NOBODY;
    await before.close();
    await expectLost(page, door.locator('.state'));
    const after = await PageServer.start([camera('door')]);
    port = after.port;
    await expect.poll(async () => (await framesOf(chart)).last, poll).toBeLessThan(100);
    await expectBack(page, door.locator('.state'));
    const { first } = await framesOf(chart);
    expect(first).toBe(0);
    await goesBeyond(chart, 30);
    await expectWhole(chart);
    expect(await door.locator('.reason').textContent()).toBe('');
    expect(await isSamePage(page)).toBe(true);
  });
});
