import type { HostQuestion } from '../host.ts';
import type { HeldFrame, TokenContent } from '../window-frame.ts';
import type { ContentPart } from './chat-stream.ts';

/** How one kind of host takes frames. */
export interface FrameDoor {
  /**
   * Makes the message of a question and sends it; once, or again where the host lacks what it was thought to have.
   * @param question - its frames are checked
   * @param send - sends one message; throws what the host answered, as a FramenestError
   */
  ask(question: HostQuestion<TokenContent>, send: SendContent): AsyncIterable<string>;
}

/** Sends the content of one message and gives the answer, piece by piece. */
export type SendContent = (content: readonly ContentPart[]) => AsyncIterable<string>;

/** The window in its order, then the prompt. */
export function contentOf(
  { window, prompt }: HostQuestion<TokenContent>,
  partOf: (frame: HeldFrame<TokenContent>) => ContentPart,
): readonly ContentPart[] {
  const parts = window.parts.map((part) => (part.type === 'text' ? textPart(part.text) : partOf(part.frame)));
  return [...parts, textPart(prompt)];
}

/** A door that sends each frame in full, every time. */
export function plainDoor(partOf: (frame: HeldFrame<TokenContent>) => ContentPart): FrameDoor {
  return { ask: (question, send) => send(contentOf(question, partOf)) };
}

function textPart(text: string): ContentPart {
  return { type: 'text', text };
}
