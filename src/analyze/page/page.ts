import type { Ladder } from '../../media/token-scale.ts';
import { makeLadder } from '../../scales/ladder.ts';
import type { AnalysisReport } from '../analysis-report.ts';
import type { Analyzed } from '../analyze.ts';
import { curveName } from '../policy-names.ts';
import { filmStrip } from './film-strip.ts';
import { histogramPlot } from './histogram-plot.ts';
import { drawKey } from './key.ts';
import { lossPlot } from './loss-plot.ts';
import { escape, paragraph, section, table } from './markup.ts';
import { levelColor } from './palette.ts';
import { drawPlot } from './plot.ts';
import { ratePlot } from './rate-plot.ts';
import { styleSheet } from './style.ts';
import { timePlot } from './time-plot.ts';

/**
 * An analysis as one HTML page: plots as inline SVG, thumbnails as data URIs, no script, nothing from elsewhere.
 * @param command - that made it, without secrets
 */
export async function makePage({ report, film }: Analyzed, command: string): Promise<string> {
  const ladder = makeLadder(report.gridSide, report.ladder);
  const title = `Granularity of ${report.input}`;
  const parts = [
    `<header><h1>${escape(title)}</h1>${facts(report, command)}</header>`,
    `<p class="answer">${escape(report.recommendation.sentence)}</p>`,
    paragraph(
      'Distortion is the squared error of the vision encoder’s features as a share of their variance over the clip: 1 is as bad as knowing nothing but the mean. It says nothing about the answers of a language model.',
    ),
    section('Rate and distortion', drawPlot(ratePlot(report)), details('Every point', curvesTable(report))),
    section('Scale and change over time', drawPlot(timePlot(report))),
    section('Frames that need each scale', drawPlot(histogramPlot(report))),
    section('What each scale loses', drawPlot(lossPlot(report))),
    section('How near the best choice of scales', ...oracle(report)),
    section('Frames and their tokens', filmNote(ladder), await filmStrip(film, report, ladder)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escape(title)}</title><style>${styleSheet()}</style></head>
<body>${parts.join('\n')}</body></html>
`;
}

function facts(report: AnalysisReport, command: string): string {
  const { encoder, encoderDigest, device, decoder, frames, firstFramesOnly, fps, gridSide, channels } = report;
  const rate = fps === undefined ? '' : `, ${fps.toFixed(2)} per second`;
  const rows: [string, string][] = [
    ['Input', `${report.input} (${decoder})`],
    ['Encoder', `${encoder}, ${gridSide}×${gridSide} cells of ${channels} channels, on ${device}`],
    ['Digest', encoderDigest],
    [
      'Frames',
      `${firstFramesOnly ? 'the first ' : ''}${frames}${rate}; ${report.cuts} cuts, ${report.still} still for the gate`,
    ],
    [
      'Change',
      `${(100 * report.changeShare).toFixed(1)} % of the features’ variance is change over time, the rest stands still`,
    ],
  ];
  const list = rows.map(([name, text]) => `<dt>${name}</dt><dd>${escape(text)}</dd>`).join('');
  return `<dl>${list}<dt>Command</dt><dd><code>${escape(command)}</code></dd></dl>`;
}

function details(summary: string, content: string): string {
  return `<details><summary>${escape(summary)}</summary>${content}</details>`;
}

function curvesTable({ curves }: AnalysisReport): string {
  const head = ['policy', 'setting', 'tokens per frame', 'share of variance', 'share of change'];
  const rows = curves.flatMap((curve) =>
    curve.points.map(({ setting, tokensPerFrame, distortion, nmse }) => [
      curveName(curve),
      String(setting),
      tokensPerFrame.toFixed(2),
      distortion.toFixed(4),
      nmse?.toFixed(4) ?? '–',
    ]),
  );
  return table(head, rows);
}

function oracle(report: AnalysisReport): string[] {
  const percent = (part?: number): string => (part === undefined ? '–' : `${(100 * part).toFixed(1)} %`);
  const head = ['policy', 'tokens per frame', 'uniform', 'policy', 'best', 'gap closed', 'in random order'];
  const rows = report.oracle.map(({ policy, setting, tokensPerFrame, uniform, policyLeft, best, gap, shuffledGap }) => [
    policy === 'threshold' ? `smallest scale within ${setting}` : `${policy} at ${setting}`,
    tokensPerFrame.toFixed(1),
    ...[uniform, policyLeft, best].map((value) => value.toFixed(4)),
    percent(gap),
    percent(shuffledGap),
  ]);
  const words = `Each frame on its own, at the policy’s tokens per frame: 0 % is no better than uniform scales, 100 % the best choice that knows the whole clip. Policies with a closed loop rely on what the receiver holds, which counts for nothing here. Random orders: seed ${report.seed}.`;
  return [paragraph(words), table(head, rows)];
}

function filmNote({ scales }: Ladder): string {
  const keys = scales.map(({ level, tokens }) => ({ name: `1/${tokens} of the frame`, color: levelColor(level) }));
  const words =
    'Outlined: tokens that the tree takes at the default price. Under a veil: regions of which the receiver goes on with what it holds.';
  return `${paragraph(words)}${drawKey(keys)}`;
}
