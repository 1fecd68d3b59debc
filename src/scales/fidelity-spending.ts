import type { SpendingRule } from './spending.ts';

/** The same price for every frame: equal worth for every token of the stream. */
export function fidelitySpending(price: number, tau?: number): SpendingRule {
  const allowance = { price, most: Infinity, ...(tau !== undefined && { tau }) };
  return { allow: () => allowance, spent: () => undefined };
}
