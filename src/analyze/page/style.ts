import { paletteCss } from './palette.ts';

/** The page's only style sheet. */
export function styleSheet(): string {
  return `${paletteCss()}
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0 auto;max-width:760px;padding:1rem;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:.5rem 0}
h2{font-size:1.15rem;margin:2rem 0 .25rem;border-top:1px solid var(--line);padding-top:1rem}
p,dl{margin:.5rem 0}
.answer{border-left:4px solid var(--finest);padding:.25rem 0 .25rem .75rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .75rem}
dt{color:var(--faint)}
dd{margin:0;overflow-wrap:anywhere}
code{font-family:ui-monospace,monospace;font-size:.9em}
small,figcaption,.note{color:var(--faint);font-size:.85rem}
.plot,.wide{overflow-x:auto;margin:.5rem 0}
.plot svg{display:block;min-width:600px;width:100%;height:auto}
table{border-collapse:collapse;font-size:.85rem;white-space:nowrap}
th,td{text-align:right;padding:.15rem .6rem;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left;padding-left:0}
summary{cursor:pointer}
.film{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:.75rem}
figure{margin:0}
.frame{position:relative;line-height:0}
.frame img{width:100%;height:auto}
.frame svg{position:absolute;inset:0;width:100%;height:100%}
.frame path{vector-effect:non-scaling-stroke;stroke-width:1.25}
.veil{fill:var(--ground);fill-opacity:.55;stroke:none}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0;margin:.5rem 0;font-size:.85rem}
.key svg{margin-right:.4em;vertical-align:middle}
`;
}
