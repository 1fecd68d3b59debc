import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';

/** What is used of the package; its own types name files without endings, which Node's resolution does not find. */
interface Tokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  decode(tokens: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_added_tokens_decoder(): Map<number, { id: number; content: string; special: boolean }>;
}
const Tokenizer = HubTokenizer as unknown as new (json: object, config: object) => Tokenizer;

/** Text ↔ tokens of one model, through its `tokenizer.json`. */
export class TextCodec {
  readonly #tokenizer: Tokenizer;
  readonly #json: object;
  readonly #config: object;
  /** Folded. */
  readonly #marks: readonly string[];
  /** Ids of the special ones. */
  readonly #control: ReadonlySet<number>;
  #plain: Tokenizer | undefined;

  /**
   * @param json `tokenizer.json`
   * @param config `tokenizer_config.json`
   * @throws Error of the tokenizers package where it cannot use them
   */
  constructor(json: object, config: object) {
    this.#tokenizer = new Tokenizer(json, config);
    this.#json = json;
    this.#config = config;
    const marks = [...this.#tokenizer.get_added_tokens_decoder().values()];
    this.#marks = marks.map(({ content }) => folded(content));
    this.#control = new Set(marks.flatMap(({ id, special }) => (special ? [id] : [])));
  }

  /** The tokens of text in which `<|im_start|>` and the like mean what they say. */
  encode(text: string): readonly number[] {
    return text === '' ? [] : this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  /** Whether text that somebody wrote holds what would be read as a control token, or could be after normalisation. */
  holdsMark(text: string): boolean {
    const whole = folded(text);
    return this.#marks.some((mark) => whole.includes(mark));
  }

  /**
   * The tokens of text that is only text: `<|im_start|>` becomes its letters; where the vocabulary of the letters has it as
   * a piece too, it is left out.
   */
  encodePlain(text: string): readonly number[] {
    if (text === '') return [];
    this.#plain ??= new Tokenizer({ ...this.#json, added_tokens: [] }, this.#config);
    const { ids } = this.#plain.encode(text, { add_special_tokens: false });
    return ids.filter((id) => !this.#control.has(id));
  }

  /** The text of tokens, without control tokens. A character that is cut becomes U+FFFD. */
  decode(tokens: readonly number[]): string {
    if (tokens.length === 0) return '';
    return this.#tokenizer.decode([...tokens], { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  }

  /** The control token itself; undefined for an unknown id. */
  markOf(id: number): string | undefined {
    return this.#tokenizer.id_to_token(id);
  }

  /** The id of a token; undefined where there is none. */
  idOf(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token);
  }
}

/** As much alike as any normaliser makes two texts: `＜IMAGE＞` and `<image>`. Too many are harmless. */
function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
