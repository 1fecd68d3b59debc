import type { HostQuestion } from '../host.ts';
import type { WindowFrame, WindowView } from '../window-frame.ts';
import type { Answerer } from './answer-desk.ts';
import type { AskEvent } from './ask-event.ts';
import type { Feed } from './feed.ts';
import type { TriggerOptions } from './triggers.ts';

/** What a question needs of a `ContextWindow`. */
export interface AskedWindow<Content> {
  push(frame: WindowFrame<Content>): boolean;
  pin(id: string): boolean;
  unpin(id: string): boolean;
  view(): WindowView<Content>;
}

/** A question, who answers it, and what about. */
export interface Asking<Content> {
  readonly answer: Answerer<Content>;
  /** Filled here; holds what came before it too. */
  readonly window: AskedWindow<Content>;
  readonly feed: Feed<Content>;
  readonly question: Pick<HostQuestion<Content>, 'prompt' | 'system' | 'maxTokens' | 'temperature'>;
  /** Asked again and again; absent: once, at the input's end. */
  readonly standing?: TriggerOptions;
  /** Of a question that is asked once: it need not wait for the input's end after this frame. */
  readonly enough?: (frame: WindowFrame<Content>) => boolean;
  /**
   * The input can be held back: it is, while an answer is under way, so that every question is asked about its own
   * time. Else it is never held back, and questions merge.
   */
  readonly waits: boolean;
  readonly tell: (event: AskEvent) => void;
  readonly signal: AbortSignal;
}
