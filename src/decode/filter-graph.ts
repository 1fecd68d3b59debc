import type { DecodeTarget } from '../media/frame-source.ts';
import type { Region } from '../media/region.ts';
import type { Rotation } from './display-matrix.ts';
import { hiding } from './hidden-regions.ts';

/**
 * So that every build of FFmpeg scales alike: the rounding that does not depend on the machine's vector instructions.
 */
const rounding = 'accurate_rnd';

const turns: Readonly<Record<Rotation, readonly string[]>> = {
  0: [],
  90: ['transpose=dir=clock'],
  180: ['hflip', 'vflip'],
  270: ['transpose=dir=cclock'],
};

/**
 * Where the borders of the sampling slots lie, in slots before the multiples of 1/fps. The golden section: a clip whose
 * rate is fps, or twice, or five times as much has no frame near a border, where a pts rounded to the container's tick
 * would fall on either side.
 */
const slotShift = 0.382;

/** Keeps the first frame of each slot of 1/fps seconds, counted from the first frame; a jump back in time starts anew. */
function sampling(fps: DecodeTarget['fps']): string[] {
  if (fps === 'native') return [];
  const slot = (t: string): string => `floor((${t}-start_t)*${fps}+${slotShift})`;
  const next = `gt(${slot('t')},${slot('prev_selected_t')})`;
  return [`select='isnan(t)+isnan(prev_selected_t)+lt(t,prev_selected_t)+${next}'`];
}

function hex(color: DecodeTarget['padColor']): string {
  return `0x${color.map((c) => c.toString(16).padStart(2, '0')).join('')}`;
}

/** The shape that is to be taken for the picture's. It is not turned upright yet. */
function shaping({ shape }: DecodeTarget, rotation: Rotation): string[] {
  if (!shape) return [];
  const [width, height] = rotation % 180 === 0 ? shape : [shape[1], shape[0]];
  return [`setdar=r=${width}/${height}:max=65535`];
}

function scaling({ side, resize, resample = 'bicubic', padColor }: DecodeTarget): string[] {
  const scale = (w: string, h: string): string => `scale=w='${w}':h='${h}':flags=${resample}+${rounding}`;
  const square = String(side);
  // `dar` is the displayed ratio: width / height × sample aspect ratio.
  switch (resize) {
    case 'stretch':
      return [scale(square, square), 'format=rgb24'];
    case 'pad': {
      const fit = (ratio: string): string => `max(1,round(${side}*min(1,${ratio})))`;
      const pad = `pad=w=${side}:h=${side}:x=(ow-iw)/2:y=(oh-ih)/2:color=${hex(padColor)}`;
      return [scale(fit('dar'), fit('1/dar')), 'format=rgb24', pad];
    }
    case 'crop': {
      const cover = (ratio: string): string => `round(${side}*max(1,${ratio}))`;
      const crop = `crop=w=${side}:h=${side}:x=(iw-ow)/2:y=(ih-oh)/2`;
      return [scale(cover('dar'), cover('1/dar')), 'format=rgb24', crop];
    }
  }
}

/**
 * The libavfilter chain that makes `target.side`² RGB24 frames from decoded ones: sampling, painting over what shall not
 * be seen (`hide`, in the padding's colour), scaling, turning upright. Both decoders use this very text, so that their
 * frames are the same. It never touches a pts. The turn comes last because a small square is cheap to turn and every
 * step before it is symmetric about the centre.
 */
export function filterGraph(target: DecodeTarget, rotation: Rotation, hide: readonly Region[] = []): string {
  const hidden = hiding(hide, rotation, hex(target.padColor));
  const steps = [sampling(target.fps), hidden, shaping(target, rotation), scaling(target), turns[rotation]];
  return steps.flat().join(',');
}
