import { forgetColors } from './colors.ts';

const KEY = 'framenest-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

type Theme = 'light' | 'dark';

/** What the reader chose, or else what their device asks for. */
export function theme(): Theme {
  return chosen() ?? (dark.matches ? 'dark' : 'light');
}

/** Applies what was chosen earlier; `changed` is called whenever the ground changes. Returns the toggle. */
export function startTheme(changed: () => void): () => void {
  const apply = (): void => {
    const choice = chosen();
    if (choice) document.documentElement.dataset['theme'] = choice;
    forgetColors();
    changed();
  };
  dark.addEventListener('change', apply);
  apply();
  return () => {
    localStorage.setItem(KEY, theme() === 'dark' ? 'light' : 'dark');
    apply();
  };
}

function chosen(): Theme | undefined {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : undefined;
}
