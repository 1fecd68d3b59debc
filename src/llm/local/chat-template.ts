import { Template } from '@huggingface/jinja';
import { modelInvalid } from './model-invalid.ts';

/** What is asked of the model, in order: text, or the place of a frame. */
export type ChatPart = { readonly type: 'text'; readonly text: string } | { readonly type: 'frame' };

/** What stands in the rendered conversation, in order. `own`: written by whoever asks, not by the template. */
export type ChatPiece =
  { readonly type: 'text'; readonly text: string; readonly own: boolean } | { readonly type: 'frame' };

/** How a template wants a message: as parts with images among them, as a plain string, or as one text part. */
type Form = 'parts' | 'text-part' | 'string';

/** Stands in the template's output for what the asker wrote; of the private use area of Unicode. */
const markOf = (index: number): string => `\ue000${index}\ue001`;
const marks = /(\ue000\d+\ue001)/;

/**
 * A model's chat template. It never sees what the asker wrote, only marks in its place; so nothing in a question can
 * look like a part of the conversation.
 *
 * Templates differ in how they take a message, and some (LLaVA's own) put all images first, which would part the frames
 * from their time stamps. So each form is tried once on a small message, and the first one that keeps the order is used.
 */
export class ChatTemplate {
  readonly #template: Template;
  readonly #context: Readonly<Record<string, unknown>>;
  readonly #imageMark: string;
  readonly #form: Form;
  readonly #takesSystem: boolean;

  /**
   * @param source Jinja
   * @param imageMark what the template writes for an image: `<image>`
   * @param context further values that templates use: `bos_token`, `eos_token`
   * @param where folder, for errors
   * @throws FramenestError MODEL_INVALID where the template cannot be read or loses what it is given
   */
  constructor(source: string, imageMark: string, context: Readonly<Record<string, unknown>>, where: string) {
    try {
      this.#template = new Template(source);
    } catch (cause) {
      throw unusable(where, messageOf(cause), cause);
    }
    this.#imageMark = imageMark;
    this.#context = context;
    // A template for strings writes a list as JSON around the text: the string is tried before the single part.
    const forms: readonly Form[] = ['parts', 'string', 'text-part'];
    const form = forms.find((candidate) => this.#keepsOrder(candidate, false));
    if (!form) throw unusable(where, 'it keeps no order of text and images, in whatever form it gets them');
    this.#form = form;
    this.#takesSystem = this.#keepsOrder(form, true);
  }

  /**
   * Renders one message of the user, and the beginning of the answer.
   * @param system goes into a message of its own, or before the rest where the template knows none
   */
  pieces(parts: readonly ChatPart[], system?: string): readonly ChatPiece[] {
    if (system === undefined) return this.#render(this.#form, merged(parts), undefined);
    if (this.#takesSystem) return this.#render(this.#form, merged(parts), system);
    return this.#render(this.#form, merged([{ type: 'text', text: `${system}\n\n` }, ...parts]), undefined);
  }

  #keepsOrder(form: Form, withSystem: boolean): boolean {
    const texts = ['b', 'c', 'd'].map((text): ChatPart => ({ type: 'text', text }));
    const parts = texts.flatMap((text, index): ChatPart[] => (index < 2 ? [text, { type: 'frame' }] : [text]));
    try {
      const pieces = this.#render(form, parts, withSystem ? 'a' : undefined);
      const told = pieces.map((piece) => (piece.type === 'frame' ? '*' : piece.own ? piece.text : ''));
      return told.join('') === (withSystem ? 'ab*c*d' : 'b*c*d');
    } catch {
      // A template that throws on this form has said what it thinks of it.
      return false;
    }
  }

  #render(form: Form, parts: readonly ChatPart[], system: string | undefined): ChatPiece[] {
    const inOrder: ChatPart[] = system === undefined ? [...parts] : [...parts, { type: 'text', text: system }];
    const content = contentOf(form, parts);
    const systemText = markOf(parts.length);
    const systemContent = form === 'string' ? systemText : [{ type: 'text', text: systemText }];
    const messages = [
      ...(system === undefined ? [] : [{ role: 'system', content: systemContent }]),
      { role: 'user', content },
    ];
    const text = this.#template.render({ ...this.#context, messages, add_generation_prompt: true });
    return text.split(marks).flatMap((piece, index): ChatPiece[] => {
      if (index % 2 === 0) return this.#fixed(form, piece);
      const part = inOrder[Number(piece.slice(1, -1))];
      if (part?.type === 'text') return [{ ...part, own: true }];
      return part ? [part] : [];
    });
  }

  /** What the template wrote itself; where it got images, their marks are the frames. */
  #fixed(form: Form, text: string): ChatPiece[] {
    if (form !== 'parts') return text === '' ? [] : [{ type: 'text', text, own: false }];
    return text
      .split(this.#imageMark)
      .flatMap((piece, index): ChatPiece[] => [
        ...(index > 0 ? [{ type: 'frame' } as const] : []),
        ...(piece === '' ? [] : [{ type: 'text', text: piece, own: false } as const]),
      ]);
  }
}

function contentOf(form: Form, parts: readonly ChatPart[]): unknown {
  if (form === 'parts') {
    return parts.map(({ type }, index) => (type === 'frame' ? { type: 'image' } : { type, text: markOf(index) }));
  }
  const all = parts.map((_, index) => markOf(index)).join('');
  return form === 'string' ? all : [{ type: 'text', text: all }];
}

/** Texts that follow each other as one: a control token must not come together at their seam unseen. */
function merged(parts: readonly ChatPart[]): ChatPart[] {
  const out: ChatPart[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (part.type === 'text' && last?.type === 'text')
      out[out.length - 1] = { type: 'text', text: last.text + part.text };
    else out.push(part);
  }
  return out;
}

function unusable(where: string, reason: string, cause?: unknown): Error {
  return modelInvalid(
    `The chat template of ${where} cannot be used: ${reason}.`,
    'Put the chat_template.jinja that belongs to the model there.',
    cause,
  );
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
