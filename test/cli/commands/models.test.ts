import { listEncoders } from '#dist/encode/known-encoders.js';
import { expect, test } from 'vitest';
import { escapeCode, framenest } from '../../support/cli.ts';

test('framenest models lists every encoder that has a name', async () => {
  const encoders = await listEncoders();
  const { status, stdout, stderr } = await framenest(['models']);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).not.toMatch(escapeCode);
  for (const { name, licence } of encoders) {
    expect(stdout).toContain(` ${name} `);
    expect(stdout).toContain(licence);
  }
});

test('framenest models --json prints them as one array; the embedded one is here', async () => {
  const { status, stdout } = await framenest(['models', '--json']);
  expect(status).toBe(0);
  const listed = JSON.parse(stdout) as Record<string, unknown>[];
  expect(listed.map(({ name }) => name)).toEqual((await listEncoders()).map(({ name }) => name));
  const embedded = listed.find(({ name }) => name === 'mobilenet-v2');
  expect(embedded).toMatchObject({
    installed: true,
    gridSide: 24,
    digest: expect.stringMatching(/^sha256:/) as string,
  });
});
