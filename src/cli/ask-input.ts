import type { Client } from '../client/client.ts';
import { connect } from '../client/connect.ts';
import { laterFrames } from '../decode/later-frames.ts';
import { openSource } from '../decode/open-source.ts';
import { FramenestError } from '../errors.ts';
import type { Feed } from '../llm/ask/feed.ts';
import { MomentInbox } from '../llm/ask/moment-inbox.ts';
import { serverTokens } from '../llm/ask/server-tokens.ts';
import { withEvents, withMoments, withoutMoments } from '../llm/ask/with-moments.ts';
import type { TokenHost } from '../llm/host.ts';
import { pictureFrames, pictureTarget } from '../llm/pictures/picture-frames.ts';
import { stillFrames } from '../llm/pictures/still-frames.ts';
import { videoTokens } from '../llm/video-tokens.ts';
import type { PictureContent, TokenContent, WindowFrame } from '../llm/window-frame.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import type { StreamMoment } from '../operators/note-moments.ts';
import { ladderOf } from '../pipeline/choosers.ts';
import { checkRate, parsePipelineOptions } from '../pipeline/pipeline-options.ts';
import { surveyBudget } from '../pipeline/survey-budget.ts';
import type { StreamFacts } from '../wire/control-message.ts';
import { openFlaggedEncoder, openFlaggedSource } from './open-parts.ts';
import { pipelineOptions } from './pipeline-flags.ts';
import type { PipelineFlags } from './pipeline-flags.ts';
import { noteRow, stateRow } from './render/frame-rows.ts';

/** Rows, and columns, of the grid in which pictures without an encoder are looked at. */
const PICTURE_GRID = 24;

/** Name of a video's one stream, in the ids of its frames. */
const STREAM = 'video';

/** Where frames come from, and when the command is done with it. */
export interface AskInput<Content> {
  /** Tokens of each scale, coarsest first. */
  readonly ladder: readonly number[];
  /** It cannot be held back, and has no end. */
  readonly live: boolean;
  /** Seconds, where somebody knows. */
  readonly durationS?: number;
  readonly feed: Feed<Content>;
  readonly close: () => Promise<void>;
}

/** A video, which can be read from a time on. */
export interface VideoInput<Content> extends AskInput<Content> {
  /** Frames from a time on, seconds; what lies before is decoded alone. In place of `feed`, once. */
  readonly framesFrom: (fromS: number, signal: AbortSignal) => AsyncIterable<WindowFrame<Content>>;
}

/** What of the command line says where the frames come from. */
export interface InputFlags extends PipelineFlags {
  readonly stream?: string;
  /** Default: `live` of a camera, `start` of a file. */
  readonly from?: 'live' | 'start';
  readonly on?: 'activity';
}

/** A stream of a server, as tokens. */
export async function openServerTokens(
  url: string,
  flags: InputFlags,
  host: TokenHost,
  signal: AbortSignal,
): Promise<AskInput<TokenContent>> {
  const session = await openSession(url, flags, signal);
  const { client, name: stream, from } = session;
  const onNote = (note: Parameters<typeof noteRow>[0]): void => void process.stderr.write(`${noteRow(note)}\n`);
  const tokens = { client, stream, from, onNote, check: host.check.bind(host) };
  return { ...session.about, feed: (until) => session.joined(serverTokens(tokens, until)) };
}

/** A stream of a server, by its stills. */
export async function openServerPictures(
  url: string,
  flags: InputFlags,
  signal: AbortSignal,
): Promise<AskInput<PictureContent>> {
  const session = await openSession(url, flags, signal);
  const { client, name, from, access } = session;
  const frames = (until: AbortSignal): AsyncIterable<WindowFrame<PictureContent>> =>
    stillFrames(url, name, { ...access, client, from }, until);
  return { ...session.about, feed: (until) => session.joined(frames(until)) };
}

interface Session {
  readonly client: Client;
  readonly name: string;
  readonly from: 'live' | 'start';
  readonly access: { readonly token?: string };
  readonly about: Omit<AskInput<never>, 'feed'>;
  /** Frames with the stream's events, where they are wanted. */
  readonly joined: <Content>(frames: AsyncIterable<WindowFrame<Content>>) => ReturnType<Feed<Content>>;
}

async function openSession(url: string, flags: InputFlags, signal: AbortSignal): Promise<Session> {
  const token = process.env['FRAMENEST_TOKEN'];
  const access = token ? { token } : {};
  const client = await connect(url, { ...access, signal, onState: tellState() });
  try {
    const { name, live, ladder } = chosen(client, flags.stream);
    const { from = live ? 'live' : 'start' } = flags;
    const joined: Session['joined'] = (frames) =>
      flags.on
        ? withEvents(frames, name, (until) => client.events({ streams: [name], signal: until }))
        : withoutMoments(frames);
    const close = (): Promise<void> => {
      client.close();
      return Promise.resolve();
    };
    return { client, name, from, access, about: { ladder, live, close }, joined };
  } catch (thrown) {
    client.close();
    throw thrown;
  }
}

/** A video, decoded and encoded in this process. */
export async function openVideoTokens(
  input: string,
  flags: InputFlags,
  host: TokenHost,
  signal: AbortSignal,
): Promise<VideoInput<TokenContent>> {
  const options = { ...pipelineOptions(flags), layout: 'uniform', stream: STREAM } as const;
  const parsed = parsePipelineOptions(options);
  checkRate(parsed, flags.fps);
  const encoder = await openFlaggedEncoder(flags, signal);
  try {
    const { digest, stage, channels, gridSide } = encoder.facts;
    host.check({ encoder: digest, stage, channels });
    const ladder = ladderOf(parsed, gridSide).scales.map(({ tokens }) => tokens);
    const open = (): Promise<FrameSource> => openFlaggedSource(input, flags, encoder, signal);
    const plan = parsed.policy === 'budget' ? await surveyBudget({ open, encoder, options, signal }) : undefined;
    const source = await open();
    const made = { source, encoder, options, ...(plan && { plan }) };
    const feed = momentFeed((onMoment, until) => videoTokens({ ...made, onMoment }, until));
    const framesFrom: VideoInput<TokenContent>['framesFrom'] = (fromS, until) =>
      videoTokens({ ...made, source: laterFrames(source, fromS) }, until);
    return { ladder, ...aboutSource(source, encoder), feed, framesFrom };
  } catch (thrown) {
    await encoder.dispose();
    throw thrown;
  }
}

/** A video as pictures: no encoder runs. */
export async function openVideoPictures(
  input: string,
  flags: InputFlags,
  signal: AbortSignal,
): Promise<VideoInput<PictureContent>> {
  const options = { ...pipelineOptions(flags), stream: STREAM };
  const pictures = { options, gridSide: PICTURE_GRID };
  const ladder = ladderOf(parsePipelineOptions(options), PICTURE_GRID).scales.map(({ tokens }) => tokens);
  const source = await openSource(input, pictureTarget(pictures, flags.fps), { decoder: flags.decoder, signal });
  const feed = momentFeed((onMoment, until) => pictureFrames(source, { ...pictures, onMoment }, until));
  const framesFrom: VideoInput<PictureContent>['framesFrom'] = (fromS, until) =>
    pictureFrames(laterFrames(source, fromS), pictures, until);
  return { ladder, ...aboutSource(source), feed, framesFrom };
}

/** Frames that are made here, with their moments. */
function momentFeed<Content>(
  frames: (onMoment: (moment: StreamMoment) => void, signal: AbortSignal) => AsyncIterable<WindowFrame<Content>>,
): Feed<Content> {
  return (signal) => {
    const inbox = new MomentInbox();
    const note = ({ kind, index }: StreamMoment): void => inbox.put({ kind, epoch: 0, sequence: index });
    return withMoments(frames(note, signal), STREAM, inbox);
  };
}

function aboutSource(
  source: FrameSource,
  encoder?: VisionEncoder,
): Pick<AskInput<never>, 'live' | 'durationS' | 'close'> {
  const { live, durationS } = source.facts;
  const close = async (): Promise<void> => {
    await source.close();
    await encoder?.dispose();
  };
  return { live, ...(durationS !== undefined && { durationS }), close };
}

function chosen({ streams }: Client, wanted: string | undefined): StreamFacts {
  const facts = wanted === undefined ? streams[0] : streams.find(({ name }) => name === wanted);
  if (facts) return facts;
  throw new FramenestError('STREAM_UNKNOWN', {
    what: wanted === undefined ? 'The server offers no stream.' : `The server offers no stream "${wanted}".`,
    mend: streams.length > 0 ? `Ask for one of ${streams.map(({ name }) => name).join(', ')}.` : 'Give it a source.',
  });
}

/** Tells on standard error where the connection is lost, and where it is there again. */
function tellState(): (change: Parameters<typeof stateRow>[0]) => void {
  let lost = false;
  return (change) => {
    const back = change.state === 'open' && lost;
    if (change.state === 'waiting') lost = true;
    else if (back) lost = false;
    if (back || change.state === 'waiting') process.stderr.write(`${stateRow(change)}\n`);
  };
}
