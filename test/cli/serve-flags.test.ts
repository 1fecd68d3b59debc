import type { ServeFlags } from '#dist/cli/serve-flags.js';
import { addServeFlags, flaggedConfig, refuseBesideConfig } from '#dist/cli/serve-flags.js';
import { parseConfig } from '#dist/config/parse-config.js';
import { parsePipelineOptions } from '#dist/pipeline/pipeline-options.js';
import { Access } from '#dist/server/access.js';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';

/** `serve` as it is called with these arguments. */
function called(...args: string[]): Command {
  const command = new Command('serve').exitOverride().configureOutput({ writeErr: () => undefined });
  return addServeFlags(command).parse(args, { from: 'user' });
}
const configOf = (...args: string[]) => flaggedConfig(called(...args).opts<ServeFlags>(), {});

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

describe('where packets are kept', () => {
  const dataOf = (...args: string[]) => configOf('--source', 'a=x', ...args).data;

  test('is a folder here by default, a day and a GiB of each stream', () => {
    const [minimal] = [parseConfig('sources: [{ name: a, input: x }]').data];
    expect(dataOf()).toEqual({ dir: './.framenest', keep: { bytes: 2 ** 30, ageS: 86_400, packets: 1_000_000 } });
    expect(dataOf()).toEqual(minimal);
  });

  test('is said by flags', () => {
    const keep = ['--keep-bytes', '512MiB', '--keep-age', '60', '--keep-packets', '10'];
    expect(dataOf('--data', '/data', ...keep)).toEqual({
      dir: '/data',
      keep: { bytes: 2 ** 29, ageS: 60, packets: 10 },
    });
    expect(dataOf('--no-log')).toBeUndefined();
  });

  test.each([
    ['--keep-bytes', '5GB'],
    ['--keep-bytes', '1KiB'],
    ['--keep-age', '0'],
    ['--keep-age', '1e12'],
    ['--keep-packets', '1.5'],
  ])('is nothing like %s %s', (flag, value) => {
    expect(() => called('--source', 'a=x', flag, value)).toThrow(`option '${flag}`);
  });
});

describe('who may come', () => {
  const flags = called('--source', 'a=x').opts<ServeFlags>();

  test('is everybody on this machine, or who has the token of the environment', () => {
    expect(flaggedConfig(flags, {}).access).toEqual([]);
    const token = 'a-token-for-everything';
    const { access } = flaggedConfig(flags, { FRAMENEST_TOKEN: token });
    expect(JSON.stringify(access)).not.toContain(token);
    const admitted = new Access(access).admit({ authorization: `Bearer ${token}` });
    expect(admitted).toMatchObject({ name: 'FRAMENEST_TOKEN', mayMeasure: true });
  });

  test.each(['', 'hunter2', 'with spaces and more'])('is nobody where the token %j is none', (token) => {
    const error = thrownBy(() => flaggedConfig(flags, { FRAMENEST_TOKEN: token }));
    expect(error.code).toBe('OPTION_INVALID');
    if (token !== '') expect(error.message).not.toContain(token);
  });

  test('comes by TLS where there is a certificate and a key', () => {
    const { listen } = configOf('--source', 'a=x', '--tls-cert', 'c.pem', '--tls-key', 'k.pem');
    expect(listen.tls).toEqual({ cert: 'c.pem', key: 'k.pem' });
    for (const flag of ['--tls-cert', '--tls-key']) {
      expect(codeOf(() => configOf('--source', 'a=x', flag, 'x.pem'))).toBe('OPTION_INVALID');
    }
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
    ['--data', './.framenest'],
    ['--tls-key', 'key.pem'],
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
