import { readFileSync } from 'node:fs';
import { makeProgram } from '#dist/cli/program.js';
import type { Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { escapeCode, framenest, lastJson } from '../support/cli.ts';

const commands = makeProgram().commands.filter((command) => command.name() !== 'help');
const flat = (text: string): string => text.replace(/\s+/g, ' ');

/** What the help says of an option's default: commander's own words, or the description's. */
function defaultOf({ defaultValue, defaultValueDescription, negate, description }: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  if (defaultValue !== undefined && !negate) return JSON.stringify(defaultValue);
  return /\(default: [^)]+\)/.exec(description)?.[0];
}

describe('the help', () => {
  test('of the program lists every command and the exit statuses', async () => {
    const { status, stdout, stderr } = await framenest(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    for (const command of commands) expect(stdout).toContain(`  ${command.name()} `);
    expect(stdout).toContain('Exit status: 0 done, 1 the work failed, 2 the call was wrong, 130 stopped by Ctrl-C');
  });

  test.each(commands.map((command) => command.name()))(
    'of "%s" explains every option with its default',
    async (name) => {
      const { status, stdout } = await framenest([name, '--help']);
      expect(status).toBe(0);
      const command = commands.find((each) => each.name() === name)!;
      expect(flat(stdout)).toContain(flat(command.description()));
      for (const argument of command.registeredArguments) expect(flat(stdout)).toContain(argument.description);
      for (const option of command.options) {
        expect(option.description.length, option.flags).toBeGreaterThan(10);
        expect(flat(stdout)).toContain(`${option.flags} ${option.description.split(' ')[0]!}`);
        const expected = defaultOf(option);
        if (option.isBoolean() || option.mandatory) continue;
        expect(expected, `${option.flags} has a default`).toBeDefined();
        expect(flat(stdout)).toContain(expected);
      }
    },
  );

  test('says the unit of every number', () => {
    const units = /frames per second|TCP port|grey levels|seconds|tokens|packets|number of a packet/;
    const numbers = commands.flatMap(({ options }) => options.filter(({ flags }) => /<(N|S|LIST|WHERE)>/.test(flags)));
    expect(numbers.length).toBeGreaterThan(10);
    for (const { flags, description } of numbers) expect(description, flags).toMatch(units);
  });
});

test('the version is the one of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await framenest(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

describe('a wrong call', () => {
  test('without a command shows the help and exits with 2', async () => {
    const { status, stdout, stderr } = await framenest([]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: framenest');
  });

  test.each<[string, string[], RegExp]>([
    ['an unknown option', ['run', 'x.mp4', '--fsp', '3'], /Unknown option '--fsp'\.\nDid you mean --fps\?/],
    ['an unknown command', ['rum'], /Unknown command 'rum'\.\nDid you mean run\?/],
    ['no input', ['run'], /Missing required argument 'input'\./],
    ['too many inputs', ['run', 'a', 'b'], /Too many arguments/],
    ['a rate that is no number', ['run', 'x.mp4', '--fps', 'fast'], /'fast' is invalid\. Expected a number above 0\./],
    ['a rate of nothing', ['run', 'x.mp4', '--fps', '0'], /Expected a number above 0\./],
    ['an unknown device', ['run', 'x.mp4', '--device', 'abacus'], /Allowed choices are auto, cpu, webgpu, cuda\./],
    ['a ladder of words', ['run', 'x.mp4', '--ladder', 'a,b'], /Expected token counts such as 1,9,36,144\./],
    ['a layout that is none', ['run', 'x.mp4', '--layout', 'graph'], /Allowed choices are uniform, tree\./],
    [
      'a budget of a part of a token',
      ['run', 'x.mp4', '--budget', '10.5'],
      /'10\.5' is invalid\. Expected a whole number/,
    ],
    ['a negative gate', ['run', 'x.mp4', '--gate', '-1'], /'-1' is invalid\. Expected a number from 0\./],
    ['a burst of nothing', ['serve', '--source', 'a=x', '--burst', '0'], /Expected a number above 0\./],
    ['no source', ['serve'], /OPTION_INVALID {2}There is nothing to serve\.\nGive --source NAME=INPUT/],
    ['a source without a name', ['serve', '--source', 'x.mp4'], /--source "x\.mp4" has no name/],
    ['two sources of one name', ['serve', '--source', 'a=x', '--source', 'a=y'], /--source "a" has no name of its own/],
    ['a port that is none', ['serve', '--source', 'a=x', '--port', '70000'], /--port is "70000"\./],
    ['a place to begin that is none', ['watch', 'ws://127.0.0.1:1', '--from', 'soon'], /--from is "soon"\./],
    ['an unknown encoder', ['run', 'x.mp4', '--encoder', 'clipp'], /error ENCODER_UNKNOWN/],
  ])('with %s exits with 2 and says how to mend it', async (_, args, words) => {
    const { status, stdout, stderr } = await framenest(args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error [A-Z_]+ {2}\S.*\n\S.*\n$/);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(escapeCode);
  });

  test('tells a program that asked for JSON the same as JSON', async () => {
    const { status, stdout } = await framenest(['run', 'x.mp4', '--json', '--fps', 'fast']);
    expect(status).toBe(2);
    const { error } = lastJson(stdout) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code: 'OPTION_INVALID', retryable: false });
    expect(error['message']).toContain("'fast' is invalid");
    expect(error['mend']).toContain('--help');
  });

  test.each([
    [['rtsp://user:secret@camera/stream']],
    [['serve', '--source', 'rtsp://user:secret@camera/stream']],
    [['run', 'rtsp://user:secret@camera/stream', 'rtsp://user:secret@camera/other']],
    [['watch', 'ws://user:secret@camera/stream', '--secret']],
  ])('never repeats a password: %j', async (args) => {
    const { status, stdout, stderr } = await framenest(args);
    expect(status).toBe(2);
    expect(stdout + stderr).not.toMatch(/user:|:secret/);
  });
});
