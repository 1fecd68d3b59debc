import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

const VIDEO = new Set(['.mp4', '.mkv', '.avi', '.mov', '.webm', '.ogv', '.ogg', '.ts', '.m4v', '.mpg', '.y4m']);

/** Name of the file beside the videos that gives each one its content class: `{"vtest.avi": "static camera", …}`. */
const CLASSES = 'classes.json';

/**
 * The videos of a folder and of the folders in it, by name, each with its content class.
 * @param {string} folder
 * @returns {{ name: string, path: string, class: string }[]} `class` is `all` where no file tells
 */
export function videoFiles(folder) {
  if (!existsSync(folder)) throw new RangeError(`There is no folder ${folder}. Give --videos a folder of videos.`);
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && VIDEO.has(extname(entry.name).toLowerCase()))
    .map((entry) =>
      relative(folder, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .sort();
  if (names.length === 0) throw new RangeError(`${folder} holds no video. Give --videos a folder of videos.`);
  const classes = readClasses(folder);
  return names.map((name) => ({ name, path: join(folder, name), class: classOf(classes, name) }));
}

/** By the file's own name, or by the name of its folder with a slash at the end. */
function classOf(classes, name) {
  const parent = name.slice(0, name.lastIndexOf('/') + 1);
  return classes[name] ?? classes[parent] ?? 'all';
}

function readClasses(folder) {
  const path = [join(folder, CLASSES), new URL(`./${CLASSES}`, import.meta.url)].find((file) => existsSync(file));
  return path ? JSON.parse(readFileSync(path, 'utf8')) : {};
}
