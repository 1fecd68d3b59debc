/** What keys do. */
export interface KeyActions {
  /** Opens the stream of that number, from 1. */
  open(number: number): void;
  back(): void;
  pause(): void;
  live(): void;
  step(frames: number): void;
  theme(): void;
  help(): void;
}

/** The whole page by keys. A key that an input or a button has a use for stays with it. */
export function listenToKeys(actions: KeyActions): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    if (event.target instanceof HTMLElement && usesKey(event.target, event.key)) return;
    if (act(actions, event.key, event.shiftKey)) event.preventDefault();
  });
}

function act(actions: KeyActions, key: string, shift: boolean): boolean {
  if (/^[1-9]$/.test(key)) actions.open(Number(key));
  else if (key === ' ') actions.pause();
  else if (key === 'ArrowLeft') actions.step(shift ? -10 : -1);
  else if (key === 'ArrowRight') actions.step(shift ? 10 : 1);
  else return actByName(actions, key.toLowerCase());
  return true;
}

function actByName(actions: KeyActions, key: string): boolean {
  const named: Readonly<Record<string, () => void>> = {
    escape: () => actions.back(),
    l: () => actions.live(),
    t: () => actions.theme(),
    '?': () => actions.help(),
  };
  named[key]?.();
  return key in named;
}

function usesKey(target: HTMLElement, key: string): boolean {
  // Whoever is in a field gets out of it as out of everything else.
  if (key === 'Escape') return false;
  if (target instanceof HTMLInputElement) return target.type !== 'range' || key.startsWith('Arrow');
  return key === ' ' && target instanceof HTMLButtonElement;
}
