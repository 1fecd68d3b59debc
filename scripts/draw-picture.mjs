// Draws docs/pictures/sample.svg from a real run over the sample clip: frames, the tokens that each became, and tokens
// over time. Needs ffmpeg for the thumbnails.  node scripts/draw-picture.mjs
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { lastValueFrom, tap, toArray } from 'rxjs';
import { ChangeDetector, CreditWindow, changePolicy, decode, defaultLadder, openSource } from 'framenest';
import { proposeScale, sampleClip, scoreChange, seconds } from 'framenest';

const SIDE = 384;
const SHOWN = [0, 6, 15, 17, 22, 25, 28, 30, 36];
const [WIDTH, THUMB, GAP] = [1200, 120, 13];

const source = await openSource(await sampleClip(), { side: SIDE, resize: 'stretch', padColor: [0, 0, 0], fps: 2 });
const ladder = defaultLadder(24);
const detector = new ChangeDetector({ frameSide: SIDE, ladder, minSceneS: 0.4 });
const policy = changePolicy(ladder, { price: 400, refreshS: 10, hysteresis: 0.15 });
const credits = new CreditWindow(4);
const frames = await lastValueFrom(
  decode(source, credits).pipe(
    scoreChange(detector),
    proposeScale(policy, detector),
    tap(() => credits.give()),
    toArray(),
  ),
);

/** A JPEG of the frame in the clip's own shape, as a data URL. */
function thumbnail({ data }) {
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${SIDE}x${SIDE}`, '-i', '-'];
  const args = ['-loglevel', 'error', ...raw, '-vf', 'scale=240:135', '-q:v', '6', '-f', 'mjpeg', '-'];
  const { stdout } = spawnSync('ffmpeg', args, { input: data });
  return `data:image/jpeg;base64,${stdout.toString('base64')}`;
}

/** Mean colour of each cell of a grid. */
function cells({ data }, side) {
  const size = SIDE / side;
  return Array.from({ length: side * side }, (_, cell) => {
    const sum = [0, 0, 0];
    const [top, left] = [Math.floor(cell / side) * size, (cell % side) * size];
    for (let y = top; y < top + size; y++) {
      for (let x = left; x < left + size; x++) for (let c = 0; c < 3; c++) sum[c] += data[(y * SIDE + x) * 3 + c];
    }
    return `rgb(${sum.map((s) => Math.round(s / size / size)).join(',')})`;
  });
}

const colours = { 1: '#94a3b8', 9: '#22a6b3', 36: '#e0a100', 144: '#c026d3' };
const parts = [];
const text = (x, y, words, attributes = '') => parts.push(`<text x="${x}" y="${y}" ${attributes}>${words}</text>`);
const label = 'text-anchor="middle" font-size="13"';

for (const [i, index] of SHOWN.entries()) {
  const { frame, choice } = frames[index];
  const x = i * (THUMB + GAP) + GAP;
  const side = choice.scale?.side ?? 1;
  parts.push(`<image x="${x}" y="36" width="${THUMB}" height="68" href="${thumbnail(frame)}"/>`);
  text(x + THUMB / 2, 26, `${seconds(frame.pts, frame.timebase).toFixed(1)} s`, label);
  const [w, h] = [THUMB / side, 68 / side];
  const fill = cells(frame, side);
  for (const [cell, colour] of fill.entries()) {
    const [cx, cy] = [x + (cell % side) * w, 122 + Math.floor(cell / side) * h];
    const held = choice.scale ? '' : ' fill-opacity="0.25" stroke="#94a3b8" stroke-dasharray="4 3"';
    parts.push(
      `<rect x="${cx + 0.5}" y="${cy + 0.5}" width="${w - 1}" height="${h - 1}" rx="${Math.min(3, w / 6)}" fill="${colour}"${held}/>`,
    );
  }
  text(
    x + THUMB / 2,
    210,
    choice.scale ? `${side * side} token${side > 1 ? 's' : ''}` : 'hold: 1 token',
    `${label} font-weight="600"`,
  );
}

const [left, bottom, height] = [60, 352, 100];
const step = (WIDTH - left - GAP) / frames.length;
for (const tokens of [1, 36, 144]) {
  const y = bottom - (Math.sqrt(tokens) / 12) * height;
  parts.push(`<line x1="${left}" x2="${WIDTH - GAP}" y1="${y}" y2="${y}" stroke="#94a3b8" stroke-opacity="0.35"/>`);
  text(left - 8, y + 4, tokens, 'text-anchor="end" font-size="12"');
}
for (const [i, { frame, choice }] of frames.entries()) {
  const tokens = choice.scale?.tokens ?? 1;
  const h = (Math.sqrt(tokens) / 12) * height;
  parts.push(
    `<rect x="${left + i * step + 2}" y="${bottom - h}" width="${step - 4}" height="${h}" rx="2" fill="${colours[tokens]}"/>`,
  );
  if (i % 4 === 0)
    text(left + (i + 0.5) * step, bottom + 18, `${seconds(frame.pts, frame.timebase).toFixed(0)} s`, label);
}
const total = frames.reduce((sum, { choice }) => sum + (choice.scale?.tokens ?? 1), 0);
text(
  left,
  238,
  `tokens per frame: ${total} in all, ${frames.length * 144} at a fixed 144`,
  'font-size="14" font-weight="600"',
);

writeFileSync(
  new URL('../docs/pictures/sample.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 384" font-family="system-ui, sans-serif" fill="#64748b">\n${parts.join('\n')}\n</svg>\n`,
);
