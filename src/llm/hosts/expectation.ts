import { FramenestError } from '../../errors.ts';
import type { HostOptions, TokenExpectation } from '../host.ts';
import { knownModel } from './model-expectations.ts';
import type { KnownModel } from './model-expectations.ts';
import type { ServedModel } from './served-model.ts';

/** A model's expectation, by its name at the host or by the name of what it was made from. */
export function knownServed({ name, root }: ServedModel): KnownModel | undefined {
  return knownModel(name) ?? (root === undefined ? undefined : knownModel(root));
}

/**
 * What a served model expects: what was said, or what is known by its name.
 * @returns HOST_MISMATCH (to be thrown at the check) where nobody knows, or where the model cannot be given tokens
 * @throws FramenestError OPTION_INVALID for an expectation that is none
 */
export function expectationOf(model: ServedModel, said: HostOptions['expects']): TokenExpectation | FramenestError {
  const known = knownServed(model);
  if (known?.refused !== undefined) {
    return new FramenestError('HOST_MISMATCH', {
      what: `"${model.name}" cannot be given visual tokens: ${known.refused}.`,
      mend: 'Ask it by pictures, or take another model: docs/llm.md has a table.',
    });
  }
  if (said !== undefined) return checked(said, known?.expects.shape);
  return (
    known?.expects ??
    new FramenestError('HOST_MISMATCH', {
      what: `It is not known which visual tokens "${model.name}" expects.`,
      mend: 'Say it with `expects`: { channels: the hidden_size of its language model, shape: "grid" for Qwen-VL }.',
    })
  );
}

/** @param usual - the shape where none was said: a grid that is left out can end a host */
function checked(said: TokenExpectation, usual: TokenExpectation['shape'] = 'raster'): TokenExpectation {
  const { channels, shape = usual } = said;
  if (!Number.isInteger(channels) || channels < 1 || channels > 65_536) {
    throw refused(`expects.channels is ${channels}.`, 'Give the hidden_size of the language model, 1 to 65536.');
  }
  if (!['raster', 'grid'].includes(shape)) throw refused(`expects.shape is "${shape}".`, 'Give "raster" or "grid".');
  return { ...said, shape };
}

function refused(what: string, mend: string): FramenestError {
  return new FramenestError('OPTION_INVALID', { what: `Option ${what}`, mend });
}
