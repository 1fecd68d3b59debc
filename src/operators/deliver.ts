import { concatMap } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { CreditWindow } from '../flow/credit-window.ts';

/** Takes one item; resolves when it needs the item's memory no longer and can take the next. */
export type Sink<T> = (item: T) => Promise<void> | void;

/**
 * Hands each item to the sink, one after another, and gives its credit back when the sink is done: this is what holds
 * the source back. Must be the last stage that sees every frame.
 */
export function deliver<T>(sink: Sink<T>, credits: CreditWindow): MonoTypeOperatorFunction<T> {
  return concatMap(async (item) => {
    await sink(item);
    credits.give();
    return item;
  });
}
