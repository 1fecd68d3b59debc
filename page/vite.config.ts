import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { palette } from '../src/analyze/page/palette.ts';

const PALETTE = 'virtual:palette.css';

/** The colours of the analysis page as CSS variables, so that both pages look alike and name them once. */
function paletteSheet(): Plugin {
  const rules = (which: 'light' | 'dark'): string =>
    Object.entries(palette)
      .map(([name, color]) => `--${name}:${color[which]}`)
      .join(';');
  const light = `color-scheme:light;${rules('light')}`;
  const dark = `color-scheme:dark;${rules('dark')}`;
  return {
    name: 'palette-sheet',
    resolveId: (id) => (id === PALETTE ? `\0${PALETTE}` : undefined),
    load: (id) =>
      id === `\0${PALETTE}`
        ? `:root{${light}}@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}:root[data-theme=dark]{${dark}}`
        : undefined,
  };
}

// eslint-disable-next-line no-restricted-syntax -- Vite takes nothing else.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [paletteSheet()],
  build: {
    outDir: fileURLToPath(new URL('../dist/page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // A data: URI would be an exception to the page's content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The licences of what is bundled ship with it.
    license: { fileName: 'licenses.md' },
    reportCompressedSize: false,
  },
});
