import { rename, rm } from 'node:fs/promises';
import { openClipWriter } from './libav-writer.ts';
import type { ClipFormat } from './libav-writer.ts';
import { SampleGround } from './sample-ground.ts';
import { newCanvas, paintCar, paintLeaf, paintStreet, sampleMarks, sceneSize, seededRandom } from './sample-scene.ts';
import type { Canvas } from './sample-scene.ts';

export { sampleMarks } from './sample-scene.ts';

/** Pictures per second of the sample clip. */
export const sampleFps = 25;

const format: ClipFormat = {
  ...sceneSize,
  timebase: { num: 1, den: sampleFps },
  container: 'mp4',
  codecs: ['libx264', 'mpeg4'],
  // Fine enough that the sensor noise survives: it is what the change score has to see through.
  options: { crf: '20', preset: 'veryfast', tune: 'grain', g: '100', b: '3000000' },
};

/** Standard deviation of the sensor noise, grey levels. */
const noiseLevels = 2.5;

/** Adds noise to every pixel, alike in its three channels, as a camera's luma noise is; scales the light first. */
class Sensor {
  readonly #random = seededRandom(99);
  // Drawing a normal number for each pixel would take most of the time: take runs out of a long list instead.
  readonly #noise: Float32Array;

  constructor() {
    const normal = (): number => {
      const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
      return noiseLevels * radius * Math.cos(2 * Math.PI * this.#random());
    };
    this.#noise = Float32Array.from({ length: 2 ** 18 }, normal);
  }

  expose(scene: Canvas, light: number, picture: Canvas): void {
    const { width, height } = sceneSize;
    for (let y = 0; y < height; y++) {
      const start = Math.floor(this.#random() * (this.#noise.length - width));
      for (let x = 0; x < width; x++) {
        const noise = this.#noise[start + x] ?? 0;
        const at = (y * width + x) * 3;
        for (let c = 0; c < 3; c++) picture[at + c] = (scene[at + c] ?? 0) * light + noise;
      }
    }
  }
}

interface Leaf {
  readonly x: number;
  readonly y: number;
  readonly speed: number;
  readonly size: number;
  readonly colour: readonly [number, number, number];
}

function manyLeaves(): readonly Leaf[] {
  const random = seededRandom(5);
  return Array.from({ length: 70 }, () => ({
    x: random() * 800,
    y: random() * 440,
    speed: 120 + random() * 260,
    size: 6 + random() * 12,
    colour: [170 + 70 * random(), 70 + 90 * random(), 20 + 30 * random()],
  }));
}

/** The scene of one instant, without noise. */
class SampleScene {
  readonly #street = paintStreet();
  readonly #ground = new SampleGround();
  readonly #leaves = manyLeaves();
  readonly #canvas = newCanvas();

  /** The picture at `s` seconds; the same object each time. */
  at(s: number): Canvas {
    if (s < sampleMarks.cut) this.#paintStreet(s);
    else this.#paintForest(s - sampleMarks.busy);
    return this.#canvas;
  }

  #paintStreet(s: number): void {
    this.#canvas.set(this.#street);
    if (s < sampleMarks.crossing || s >= sampleMarks.drift) return;
    const way = (s - sampleMarks.crossing) / (sampleMarks.drift - sampleMarks.crossing);
    paintCar(this.#canvas, -180 + way * (sceneSize.width + 200));
  }

  /** `s` counts from the start of the rush; before it everything rests. */
  #paintForest(s: number): void {
    const moving = Math.max(0, s);
    this.#ground.paint(this.#canvas, 260 * moving, 140 * Math.sin(moving * 2.2));
    for (const { x, y, speed, size, colour } of this.#leaves) {
      const sway = moving > 0 ? 18 * Math.sin(moving * 5 + x) : 0;
      const left = (((x - speed * moving) % 800) + 800) % 800;
      paintLeaf(this.#canvas, left - 80 + sway, ((y + speed * 0.8 * moving) % 440) - 40, size, colour);
    }
  }
}

/** How bright the light is at `s` seconds, 1 = full: it fades to two thirds during the drift. */
function light(s: number): number {
  if (s < sampleMarks.drift || s >= sampleMarks.cut) return 1;
  return 1 - (0.34 * (s - sampleMarks.drift)) / (sampleMarks.cut - sampleMarks.drift);
}

/**
 * Paints and encodes the sample clip: 20 s, 640 × 360, 25 pictures per second, H.264 in MP4, with the passages of
 * {@link sampleMarks}. The same bytes each time with the same libav. The file appears under `path` only when it is
 * whole. `onProgress` gets the share that is done, 0 … 1.
 * @throws FramenestError OUTPUT_FAILED.
 */
export async function makeSampleClip(path: string, onProgress?: (share: number) => void): Promise<void> {
  const partial = `${path}.${process.pid}.part`;
  const scene = new SampleScene();
  const sensor = new Sensor();
  const picture = newCanvas();
  const count = sampleMarks.end * sampleFps;
  const writer = await openClipWriter(partial, format);
  try {
    for (let n = 0; n < count; n++) {
      const s = n / sampleFps;
      sensor.expose(scene.at(s), light(s), picture);
      await writer.write(new Uint8Array(picture.buffer), BigInt(n));
      onProgress?.((n + 1) / count);
    }
    await writer.finish();
    await rename(partial, path);
  } finally {
    await writer.abandon();
    await rm(partial, { force: true });
  }
}
