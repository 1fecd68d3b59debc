import type { PictureContent } from '../window-frame.ts';
import type { Aging } from './aging.ts';

/**
 * Frames as pictures: a host draws a picture at the size that its frame's tokens say, so the content stays; of merged
 * frames the newest picture stands for all.
 */
export const pictureAging: Aging<PictureContent> = {
  coarser: (content) => content,
  merge(contents) {
    const newest = contents.at(-1);
    if (!newest) throw new RangeError('Nothing to merge.');
    return newest.content;
  },
};
