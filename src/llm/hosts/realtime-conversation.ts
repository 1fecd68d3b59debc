import type { RealtimeClientEvent, RealtimeConversationItemUserMessage } from 'openai/resources/realtime/realtime';
import { dataUri, detailOf, partKey, sharedBeginning } from '../pictures/picture-parts.ts';
import type { PicturePart } from '../pictures/picture-parts.ts';

/** Parts in one item at most; a picture ends it anyway. An item that is full never changes again. */
const ITEM_PARTS = 16;

type Content = RealtimeConversationItemUserMessage['content'];

/** An item of the conversation, and what is in it. */
interface Item {
  readonly id: string;
  readonly key: string;
}

/**
 * What a session's conversation holds: a window, and a question while it is answered. Only differences are sent: items from
 * the first one on that the window no longer has are deleted, and what is missing is added at the end.
 */
export class RealtimeConversation {
  readonly #send: (event: RealtimeClientEvent) => void;
  #items: readonly Item[] = [];
  #made = 0;

  constructor(send: (event: RealtimeClientEvent) => void) {
    this.#send = send;
  }

  /** Makes it say what the window says. */
  tell(parts: readonly PicturePart[]): void {
    const wanted = grouped(parts).map((group) => ({ group, key: group.map(partKey).join('\n') }));
    const kept = sharedBeginning(
      this.#items.map(({ key }) => key),
      wanted.map(({ key }) => key),
    );
    for (const { id } of this.#items.slice(kept)) this.remove(id);
    const added = wanted.slice(kept).map(({ group, key }) => ({ id: this.add(group.map(contentOf)), key }));
    this.#items = [...this.#items.slice(0, kept), ...added];
  }

  /** Adds a message of the user at the end; returns its id. */
  add(content: Content): string {
    // 32 characters at most.
    const id = `framenest_${this.#made++}`;
    this.#send({ type: 'conversation.item.create', item: { id, type: 'message', role: 'user', content } });
    return id;
  }

  /** Deletes a message. */
  remove(id: string): void {
    this.#send({ type: 'conversation.item.delete', item_id: id });
  }
}

/** Groups that end with a picture, or are full: what comes after changes none but the last. */
function grouped(parts: readonly PicturePart[]): readonly (readonly PicturePart[])[] {
  const groups: PicturePart[][] = [];
  let open: PicturePart[] | undefined;
  for (const part of parts) {
    if (!open) groups.push((open = []));
    open.push(part);
    if (part.type === 'picture' || open.length === ITEM_PARTS) open = undefined;
  }
  return groups;
}

function contentOf(part: PicturePart): Content[number] {
  if (part.type === 'text') return { type: 'input_text', text: part.text };
  return { type: 'input_image', image_url: dataUri(part.picture), detail: detailOf(part.picture) };
}
