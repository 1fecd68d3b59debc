import type { ServeFlags } from '#dist/cli/serve-flags.js';
import { addServeFlags, flaggedConfig, refuseBesideConfig } from '#dist/cli/serve-flags.js';
import { parsePipelineOptions } from '#dist/pipeline/pipeline-options.js';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';

/** `serve` as it is called with these arguments. */
function called(...args: string[]): Command {
  const command = new Command('serve').exitOverride().configureOutput({ writeErr: () => undefined });
  return addServeFlags(command).parse(args, { from: 'user' });
}
const configOf = (...args: string[]) => flaggedConfig(called(...args).opts<ServeFlags>());

describe('the flags of serve', () => {
  test('stand for what a configuration file would say, with its defaults', () => {
    const config = configOf('--source', 'door=rtsp://camera/stream', '--source', 'clip=/videos/a=b.mp4');
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 8787, origins: [] });
    expect(config.log).toEqual({ level: 'info' });
    expect(config.sources.map(({ name, input }) => [name, input])).toEqual([
      ['door', 'rtsp://camera/stream'],
      ['clip', '/videos/a=b.mp4'],
    ]);
    expect(config.sources[0]).toMatchObject({
      ...{ decoder: 'auto', transport: 'tcp', hwaccel: 'off', openTimeoutS: 10, stallS: 20, weight: 1 },
      retry: { firstS: 1, mostS: 60, attempts: Infinity },
      ...{ hide: [], ignore: [], regions: [] },
      options: parsePipelineOptions({ stream: 'door' }),
    });
  });

  test('hold for every source', () => {
    const flags = ['--transport', 'udp', '--hwaccel', 'vaapi', '--open-timeout', '3', '--stall-timeout', '90.5'];
    const { sources } = configOf('--source', 'a=x', '--source', 'b=y', '--fps', '2', '--policy', 'fixed:9', ...flags);
    for (const source of sources) {
      expect(source).toMatchObject({ fps: 2, transport: 'udp', hwaccel: 'vaapi', openTimeoutS: 3, stallS: 90.5 });
      expect(source.options).toMatchObject({ policy: 'fixed:9', stream: source.name });
    }
  });

  test('say where to listen, who may connect and what to log', () => {
    const origins = ['--origin', 'http://a', '--origin', 'http://b'];
    const config = configOf('--source', 'a=x', '--host', '::1', '--port', '0', '--log-level', 'warn', ...origins);
    expect(config.listen).toEqual({ host: '::1', port: 0, origins: ['http://a', 'http://b'] });
    expect(config.log).toEqual({ level: 'warn' });
  });

  test.each([
    ['no source', []],
    ['a source without a name', ['--source', 'rtsp://camera/stream']],
    ['a source without an input', ['--source', 'door=']],
    ['two sources of one name', ['--source', 'a=x', '--source', 'a=y']],
    ['a port that is none', ['--source', 'a=x', '--port', '65536']],
    ['half a port', ['--source', 'a=x', '--port', '80.5']],
    ['a policy that is none', ['--source', 'a=x', '--policy', 'best']],
  ])('are refused with %s', (_, args) => {
    expect(codeOf(() => configOf(...args))).toBe('OPTION_INVALID');
  });

  test.each([
    ['--stall-timeout', '0'],
    ['--open-timeout', 'forever'],
    ['--transport', 'pigeon'],
    ['--log-level', 'loud'],
  ])('are refused with %s %s', (flag, value) => {
    expect(() => called('--source', 'a=x', flag, value)).toThrow(`option '${flag}`);
  });

  test('never repeat what may be secret', () => {
    const error = thrownBy(() => configOf('--source', 'rtsp://user:s3cret@camera/stream'));
    expect(error.message).not.toContain('s3cret');
  });
});

describe('a configuration file', () => {
  test('may be given alone', () => {
    const command = called('--config', 'framenest.yaml');
    expect(codeOf(() => refuseBesideConfig(command))).toBeUndefined();
    expect(command.opts<ServeFlags>().config).toBe('framenest.yaml');
  });

  test.each([
    ['--source', 'a=x'],
    ['--port', '8787'],
    ['--host', '127.0.0.1'],
    ['--fps', '2'],
    ['--log-level', 'info'],
    ['--policy', 'change'],
    ['--stall-timeout', '20'],
  ])('is refused beside %s, even where that says what holds anyway', (flag, value) => {
    for (const args of [
      ['--config', 'a.yaml', flag, value],
      [flag, value, '--config', 'a.yaml'],
    ]) {
      const error = thrownBy(() => refuseBesideConfig(called(...args)));
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.what).toBe(`${flag} is given beside --config.`);
    }
  });
});
