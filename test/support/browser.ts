import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { toolOrSkip } from './require-tool.ts';

/** Whether a real browser is there. */
export const hasBrowser = toolOrSkip('chromium', ['--version']);

/** A page, and everything that it must not do. */
export interface Visit {
  readonly page: Page;
  /** Violations of the content policy, errors, and requests to other hosts: none may be left but what is forgiven. */
  readonly offences: readonly string[];
}

/** Who visits, and what the page may complain of meanwhile, since the test makes it happen. */
export interface VisitOptions extends BrowserContextOptions {
  readonly forgiven?: RegExp;
}

/** A phone: narrow, dense, and with fingers in place of a mouse. */
export const phone = { viewport: { width: 390, height: 760 }, deviceScaleFactor: 3, hasTouch: true, isMobile: true };

/** One browser for the tests of a file; each visit is a reader of its own. */
export function browserForTests(): (url: string, options?: VisitOptions) => Promise<Visit> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    // Chromium's own sandbox does not work for root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    if (hasBrowser) browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  });
  afterAll(() => browser?.close());
  return async (url, { forgiven, ...options } = {}) => {
    if (!browser) throw new Error('No browser was started.');
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    onTestFinished(() => context.close());
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const offences: string[] = [];
    watch(page, new URL(url), offences);
    await page.goto(url);
    onTestFinished(() => expect(offences.filter((text) => !forgiven?.test(text))).toEqual([]));
    return { page, offences };
  };
}

function watch(page: Page, own: URL, offences: string[]): void {
  page.on('pageerror', (error) => offences.push(`error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const text = `${message.text()} ${message.location().url}`;
    if (message.type() === 'error' || /content security policy/i.test(text)) offences.push(text);
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'blob:' && protocol !== 'data:' && host !== own.host) offences.push(`asked ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== own.host) offences.push(`connected to ${socket.url()}`);
  });
}
