import sharp from 'sharp';
import { formatTime } from '../../media/timebase.ts';
import type { Ladder } from '../../media/token-scale.ts';
import type { AnalysisReport, FrameReport } from '../analysis-report.ts';
import type { Film, FilmFrame } from '../film-roll.ts';
import { escape, tokenCount } from './markup.ts';
import { levelColor, themed } from './palette.ts';
import { tokenGrid } from './token-grid.ts';
import type { TokenGrid } from './token-grid.ts';

/** Longer edge of a thumbnail, pixels. */
const EDGE = 160;

/** The kept frames as pictures with the tree's tokens drawn over them. */
export async function filmStrip(
  film: Film,
  { perFrame }: Pick<AnalysisReport, 'perFrame'>,
  ladder: Ladder,
): Promise<string> {
  const figures: string[] = [];
  for (const frame of film.frames) {
    const report = perFrame[frame.index];
    if (report) figures.push(figure(await thumbnail(frame, film), report, tokenGrid(ladder, frame.positions), ladder));
  }
  return `<div class="film">${figures.join('')}</div>`;
}

/** @returns a data URI and the size in pixels */
async function thumbnail({ rgb }: FilmFrame, { side, aspect }: Film): Promise<Thumbnail> {
  const width = Math.max(1, Math.round(aspect >= 1 ? EDGE : EDGE * aspect));
  const height = Math.max(1, Math.round(aspect >= 1 ? EDGE / aspect : EDGE));
  const picture = sharp(rgb, { raw: { width: side, height: side, channels: 3 } }).resize(width, height, {
    fit: 'fill',
  });
  const bytes = await picture.webp({ quality: 72 }).toBuffer();
  return { uri: `data:image/webp;base64,${bytes.toString('base64')}`, width, height };
}

interface Thumbnail {
  readonly uri: string;
  readonly width: number;
  readonly height: number;
}

function figure({ uri, width, height }: Thumbnail, report: FrameReport, grid: TokenGrid, ladder: Ladder): string {
  const at = formatTime(report.timeS);
  const parts = grid.counts.flatMap((count, level) =>
    count === 0 ? [] : [`${count} × 1/${ladder.scales[level]?.tokens ?? 0}`],
  );
  const tokens = tokenCount(report.treeTokens);
  const detail = parts.length === 0 ? 'nothing new' : parts.join(', ');
  const alt = `Frame at ${at}: ${tokens}, ${detail}; change ${report.change.toFixed(2)}${report.cut ? ', a cut' : ''}.`;
  const image = `<img src="${uri}" width="${width}" height="${height}" alt="${escape(alt)}">`;
  const caption = `<figcaption><b>${at}</b> ${tokens}<br><small>${escape(detail)}</small></figcaption>`;
  return `<figure><div class="frame">${image}${overlay(grid, ladder.gridSide)}</div>${caption}</figure>`;
}

/** Held cells under a veil, sent ones outlined in the colour of their level. */
function overlay({ outlines, held }: TokenGrid, gridSide: number): string {
  const levels = outlines.map((path, level) =>
    path === '' ? '' : `<path d="${path}" stroke="${levelColor(level)}" fill="none"/>`,
  );
  const veil = `<path d="${held}" class="veil" fill-rule="evenodd"/>`;
  return `<svg aria-hidden="true" viewBox="0 0 ${gridSide} ${gridSide}" preserveAspectRatio="none">${veil}${themed(levels.join(''))}</svg>`;
}
