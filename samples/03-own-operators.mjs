// The product is a chain of RxJS operators: leave some out, put your own between them.
// Here: no encoder at all, only where a video changes, and by how much.
//   node samples/03-own-operators.mjs [video]
import { filter, map, tap } from 'rxjs';
import { ChangeDetector, CreditWindow, changePolicy, decode, defaultLadder, formatTime } from 'framenest';
import { openSource, proposeScale, sampleClip, scoreChange, seconds } from 'framenest';

const side = 96;
const source = await openSource(process.argv[2] ?? (await sampleClip()), {
  side,
  resize: 'stretch',
  padColor: [0, 0, 0],
  fps: 5,
});
const ladder = defaultLadder(24);
const detector = new ChangeDetector({ frameSide: side, ladder, minSceneS: 0.4 });
const policy = changePolicy(ladder, { price: 400, refreshS: 10, hysteresis: 0.15 });
const credits = new CreditWindow(4);

decode(source, credits)
  .pipe(
    scoreChange(detector),
    proposeScale(policy, detector),
    tap(() => credits.give()), // this chain keeps nothing: the next frame may come
    filter(({ choice }) => choice.scale !== undefined),
    map(
      ({ frame, change, choice }) =>
        `${formatTime(seconds(frame.pts, frame.timebase))} ${choice.reason} ${change.value.toFixed(3)}`,
    ),
  )
  .subscribe((line) => console.log(line));
