import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { FramenestError } from '../../errors.ts';
import { ask } from '../../llm/ask/ask.ts';
import type { Answerer } from '../../llm/ask/answer-desk.ts';
import { caughtUp, gathered } from '../../llm/ask/enough.ts';
import type { Enough } from '../../llm/ask/enough.ts';
import type { Feed } from '../../llm/ask/feed.ts';
import type { TriggerOptions } from '../../llm/ask/triggers.ts';
import { pictureAging } from '../../llm/window/picture-aging.ts';
import { tokenAging } from '../../llm/window/token-aging.ts';
import type { Aging } from '../../llm/window/aging.ts';
import { ContextWindow } from '../../llm/window/context-window.ts';
import type { AskInput, InputFlags } from '../ask-input.ts';
import { addHostFlags, contextTokens, flaggedQuestion, openFlaggedHost, parseDuration } from '../host-flags.ts';
import type { HostFlags } from '../host-flags.ts';
import { parsePositive } from '../parse-number.ts';
import { addPipelineFlags } from '../pipeline-flags.ts';
import { answerBar } from '../render/answer-bar.ts';
import type { AnswerBar } from '../render/answer-bar.ts';
import { answerLines, answerRows } from '../render/answer-rows.ts';
import { stopSignal } from '../stop-signal.ts';

/** Seconds between two standing questions at least, where nobody says. */
const COOLDOWN_S = 5;

/** Seconds of a live stream that a question is about, where nobody says. */
const GATHER_S = 10;

interface AskFlags extends HostFlags, InputFlags {
  readonly contextSeconds?: number;
  readonly every?: number;
  readonly cooldown?: number;
  readonly json?: true;
}

/** `framenest ask`: a question about a video or a stream, once or again and again. */
export function addAsk(program: Command): void {
  const command = program
    .command('ask')
    .description(
      'ask a language model about a video or a stream, once or again and again. Of a live stream, a question that is asked ' +
        `once is about --context-seconds from now on (default: ${GATHER_S}), or with --from start about all that the server still ` +
        'has. Where the server wants a token it is taken from the environment variable FRAMENEST_TOKEN.',
    )
    .argument('<input>', 'address of a server, such as ws://127.0.0.1:8787, or a video: file, http or rtsp URL, device')
    .argument('<question>', 'what to ask');
  addPipelineFlags(addWhenFlags(addHostFlags(command)))
    .option('--json', 'print one JSON object a line: {t0, t1, text, tokens, coalesced}, times in seconds')
    .action((input: string, question: string, flags: AskFlags) => run(input, question, flags, command));
}

/** About what, and how often. */
function addWhenFlags(command: Command): Command {
  const time = (flags: string, text: string): Option => new Option(flags, text).argParser(parseDuration);
  return command
    .option('--stream <NAME>', "which stream of a server (default: the server's only or first one)")
    .addOption(
      new Option(
        '--from <PLACE>',
        'of a server: live: from now on; start: the first packet that it still has (default: live of a camera, else start)',
      ).choices(['live', 'start']),
    )
    .addOption(
      new Option('--context-seconds <S>', 'seconds of the stream to show at most (default: as many as fit)').argParser(
        parsePositive,
      ),
    )
    .addOption(
      new Option('--every <TIME>', 'ask again and again, in time of the stream: 10s, 2m, 1h (default: once)').argParser(
        parseEvery,
      ),
    )
    .addOption(
      new Option(
        '--on <WHAT>',
        'ask where something happens: cuts, and where activity begins or ends (default: none)',
      ).choices(['activity']),
    )
    .addOption(
      time(
        '--cooldown <TIME>',
        `time of the stream from one question to the next at least (default: ${COOLDOWN_S}s, not above --every)`,
      ),
    );
}

async function run(input: string, question: string, flags: AskFlags, command: Command): Promise<void> {
  const served = /^wss?:\/\//i.test(input);
  checkCall(served, question, flags, command);
  const signal = stopSignal();
  const host = await openFlaggedHost(flags, signal);
  try {
    const maxTokens = contextTokens(host, question, flags);
    // Decoder, encoder and pictures: only once it is clear that somebody answers.
    const { openServerPictures, openServerTokens, openVideoPictures, openVideoTokens } =
      await import('../ask-input.ts');
    if (host.takes === 'tokens') {
      const opened = await (served ? openServerTokens : openVideoTokens)(input, flags, host, signal);
      await answer({ ...{ opened, question, flags, maxTokens, signal, aging: tokenAging }, put: (it) => host.ask(it) });
    } else {
      const opened = await (served ? openServerPictures : openVideoPictures)(input, flags, signal);
      await answer({
        ...{ opened, question, flags, maxTokens, signal, aging: pictureAging },
        put: (it) => host.ask(it),
      });
    }
  } finally {
    await host.close();
  }
}

interface Call<Content> {
  readonly opened: AskInput<Content>;
  readonly aging: Aging<Content>;
  readonly put: Answerer<Content>;
  readonly question: string;
  readonly flags: AskFlags;
  /** Of the window. */
  readonly maxTokens: number;
  readonly signal: AbortSignal;
}

async function answer<Content>(call: Call<Content>): Promise<void> {
  const { opened, put, question, flags, signal } = call;
  const { live, durationS } = opened;
  const bar = live ? undefined : answerBar(durationS);
  const write = (text: string): void => void process.stdout.write(text);
  const printer = flags.json ? answerLines(write) : answerRows(write);
  try {
    await ask<Content>({
      answer: put,
      window: windowOf(call),
      feed: bar ? shown(opened.feed, bar) : opened.feed,
      question: flaggedQuestion(question, flags),
      ...(standingOf(flags) ?? (live && { enough: enoughOf(flags) })),
      waits: !live,
      tell: (event) => {
        if (event.type === 'asked') bar?.hide();
        printer.tell(event);
      },
      signal,
    });
  } finally {
    bar?.hide();
    printer.end();
    await opened.close();
  }
}

/** What a question that is asked once of a live stream gathers is its whole window: nothing of that is let go. */
function windowOf<Content>({ opened, aging, maxTokens, flags }: Call<Content>): ContextWindow<Content> {
  const { ladder, live } = opened;
  const gathers = live && !standingOf(flags) && flags.from !== 'start';
  return new ContextWindow({ ladder, maxTokens, aging, maxSeconds: gathers ? undefined : flags.contextSeconds });
}

function standingOf({ every: everyS, on, cooldown }: AskFlags): { standing: TriggerOptions } | undefined {
  if (everyS === undefined && !on) return undefined;
  const cooldownS = cooldown ?? Math.min(COOLDOWN_S, everyS ?? COOLDOWN_S);
  return { standing: { everyS, onActivity: on === 'activity', cooldownS } };
}

/** When a question that is asked once of a live stream is asked. */
function enoughOf({ from, contextSeconds = GATHER_S }: AskFlags): Enough {
  return from === 'start' ? caughtUp(Date.now()) : gathered(contextSeconds);
}

/** The same frames; the bar moves with them. */
function shown<Content>(feed: Feed<Content>, bar: AnswerBar): Feed<Content> {
  return async function* (signal) {
    let firstS: number | undefined;
    let frames = 0;
    for await (const item of feed(signal)) {
      if (item.type === 'frame') {
        firstS ??= item.frame.atS;
        bar.update(item.frame.atS - firstS, ++frames);
      }
      yield item;
    }
  };
}

/** Refuses what nobody would heed. */
function checkCall(served: boolean, question: string, flags: AskFlags, command: Command): void {
  if (question.trim() === '') throw refused('The question is empty.', 'Say what you want to know.');
  if (flags.layout === 'tree')
    throw refused('--layout is "tree".', 'A language model is shown whole frames: leave it out.');
  if (flags.cooldown !== undefined && flags.every === undefined && !flags.on) {
    throw refused(
      '--cooldown is given for a question that is asked once.',
      'Give --every or --on too, or leave it out.',
    );
  }
  const given = (long: string): boolean => command.getOptionValueSource(attributeOf(command, long)) === 'cli';
  const ofVideos = addPipelineFlags(command.createCommand()).options.map(({ long }) => long ?? '');
  const idle = (served ? ofVideos : ['--stream', '--from']).find(given);
  if (idle === undefined) return;
  if (served)
    throw refused(
      `${idle} is given for a stream of a server, which is made already.`,
      'Leave it out, or ask about the video itself.',
    );
  throw refused(`${idle} is given for a video.`, 'It is for streams of a server: ws://…');
}

function attributeOf({ options }: Command, long: string): string {
  return options.find((option) => option.long === long)?.attributeName() ?? '';
}

function refused(what: string, mend: string): FramenestError {
  return new FramenestError('OPTION_INVALID', { what, mend });
}

function parseEvery(text: string): number {
  const everyS = parseDuration(text);
  if (everyS > 0) return everyS;
  throw new InvalidArgumentError('Expected a time above 0.');
}
