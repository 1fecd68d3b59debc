import { FramenestError } from '../errors.ts';
import type { HostQuestion } from './host.ts';

/** Longest question and instruction, characters. */
const CHARACTERS = 1 << 20;

/** Most tokens that an answer may be asked to have. */
const TOKENS = 1_000_000;

/**
 * What every host refuses before it sends anything.
 * @param name - of the host
 * @param closed - whether it was closed
 * @throws FramenestError ABORTED where it was; OPTION_INVALID: `maxTokens`, `temperature`, a text that is too long
 */
export function checkQuestion(
  { prompt, system = '', maxTokens = 256, temperature = 0 }: Omit<HostQuestion<never>, 'window'>,
  name: string,
  closed: boolean,
): void {
  if (closed) throw new FramenestError('ABORTED', { what: `${name} was closed.`, mend: 'Open it again.' });
  const refuse = (is: string, give: string): never => {
    throw new FramenestError('OPTION_INVALID', { what: `A question to ${name} has ${is}.`, mend: `Give ${give}.` });
  };
  if (!isCount(maxTokens)) refuse(`maxTokens ${maxTokens}`, `1 to ${TOKENS}`);
  if (!(temperature >= 0 && temperature <= 2)) refuse(`temperature ${temperature}`, '0 to 2');
  const characters = prompt.length + system.length;
  if (characters > CHARACTERS) refuse(`${characters} characters`, `at most ${CHARACTERS}`);
}

function isCount(tokens: number): boolean {
  return Number.isSafeInteger(tokens) && tokens >= 1 && tokens <= TOKENS;
}
