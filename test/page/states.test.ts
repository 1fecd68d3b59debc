import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { browserForTests, hasBrowser, phone } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { cameraStream } from '../support/serving.ts';
import { camera, card, poll } from './looking.ts';

const visit = browserForTests();

/** Every word that a badge shows from now on. */
async function history(page: Page, selector: string): Promise<() => Promise<string[]>> {
  await page.evaluate((wanted) => {
    const seen: string[] = [];
    Reflect.set(window, 'seen', seen);
    const look = (): void => {
      const word = document.querySelector(wanted)?.lastElementChild?.textContent;
      if (word && word !== seen.at(-1)) seen.push(word);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
  }, selector);
  return () => page.evaluate(() => Reflect.get(window, 'seen') as string[]);
}

/** A camera that freezes, is lost, is back after a while, and is steady then. Each state can be seen by eye. */
function faint(name: string) {
  const retry = { firstS: 1.5, mostS: 1.5 };
  return cameraStream(name, [{ count: 20, everyMs: 50, freezes: true }, { afterMs: 1000 }], {
    camera: { stallS: 3, retry },
  }).stream;
}

describe.skipIf(!hasBrowser).each([
  ['at a desk', {}],
  ['on a phone', phone],
] as const)('where a source stands, %s,', (_, device) => {
  test('is shown at each change, with the reason and the next try while it is lost, without asking', async () => {
    const server = await PageServer.start([faint('door'), camera('yard')]);
    const { page } = await visit(server.url, device);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const words = await history(page, '.card[data-stream="door"] .state');
    const reason = card(page, 'door').locator('.reason');
    await expect.poll(() => reason.textContent(), poll).toMatch(/^No frame comes\. Noticed at \d\d:\d\d:\d\d\.$/);
    await expect
      .poll(() => reason.textContent(), poll)
      .toMatch(/^"painted" gave no frame for 3 s\. Next try at \d\d:\d\d:\d\d\.$/);
    await expect.poll(words, poll).toEqual(['live', 'stalled', 'trying again', 'connecting', 'live']);
    await expect.poll(() => reason.textContent(), poll).toBe('');
    expect(await card(page, 'yard').locator('.state').textContent()).toContain('live');
    expect(asked.filter((url) => url.includes('readyz'))).toEqual([]);
  });
});

describe.skipIf(!hasBrowser)('a camera that is given up', () => {
  test('is failed, with the reason, on its own page too, also for who comes later', async () => {
    const retry = { firstS: 0.05, mostS: 0.05, attempts: 1 };
    const door = cameraStream('door', [{ count: 20, everyMs: 100 }, 'refused'], { camera: { retry } }).stream;
    const server = await PageServer.start([door]);
    const { page } = await visit(`${server.url}#/stream/door`);
    for (let i = 0; i < 2; i++) {
      await expect.poll(() => page.locator('.detail .state').textContent(), poll).toContain('failed');
      await expect.poll(() => page.locator('.detail .reason').textContent(), poll).toBe('Nobody answers.');
      await page.reload();
    }
  });
});

describe.skipIf(!hasBrowser)('a camera that is lost', () => {
  test('and then replaced under its name is shown as the new one stands', async () => {
    const retry = { firstS: 3600, mostS: 3600 };
    const lost = cameraStream('door', ['refused'], { camera: { retry } }).stream;
    const server = await PageServer.start([lost]);
    const { page } = await visit(server.url, { forgiven: /404 .*still\.jpg/ });
    const door = card(page, 'door');
    await expect.poll(() => door.locator('.state').textContent(), poll).toContain('trying again');
    await expect.poll(() => door.locator('.reason').textContent(), poll).toMatch(/^Nobody answers\. Next try at /);
    await server.remove('door');
    server.add(camera('door'));
    await expect.poll(() => door.locator('.state').textContent(), poll).toContain('live');
    await expect.poll(() => door.locator('.reason').textContent(), poll).toBe('');
  });
});
