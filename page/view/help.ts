import { button, el } from '../dom.ts';

const keys: readonly (readonly [key: string, does: string])[] = [
  ['1 … 9', 'open a stream'],
  ['Esc', 'all streams'],
  ['Space', 'pause, play'],
  ['← →', 'one frame back, on'],
  ['Shift ← →', 'ten frames back, on'],
  ['L', 'back to live'],
  ['T', 'light or dark'],
  ['?', 'this help'],
];

/** The keys. Closes with Escape, as dialogs do. */
export function helpDialog(): HTMLDialogElement {
  const list = keys.flatMap(([key, does]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, does)]);
  const dialog = el('dialog', { 'aria-label': 'Keys', class: 'help' }, el('h2', {}, 'Keys'), el('dl', {}, ...list));
  dialog.append(button('Close', () => dialog.close()));
  return dialog;
}
