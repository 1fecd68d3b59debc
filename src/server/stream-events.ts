import { defer, filter, map } from 'rxjs';
import type { Observable } from 'rxjs';
import type { SourceStatus } from '../media/source-status.ts';
import type { StreamMoment } from '../operators/note-moments.ts';
import type { StreamEvent } from '../wire/control-message.ts';

/** A moment of a frame as clients hear of it. */
export function momentEvent(stream: string, epoch: number, firstSequence: number, moment: StreamMoment): StreamEvent {
  const { kind, index, wallclockUs, region } = moment;
  return {
    type: 'event',
    stream,
    event: kind,
    atMs: wallclockUs === undefined ? Date.now() : Number(wallclockUs / 1000n),
    epoch,
    sequence: firstSequence + index,
    ...(region && { region: { ...region } }),
  };
}

/** When a camera is lost, once, and when it is back; a camera that was never reached is lost too. */
export function cameraEvents(stream: string, statuses: Observable<SourceStatus>): Observable<StreamEvent> {
  return defer(() => {
    let lost = false;
    return statuses.pipe(
      filter((status) => (lost ? status.state === 'live' : isLost(status))),
      map((status) => {
        lost = !lost;
        return lostOrBack(stream, lost, status);
      }),
    );
  });
}

/** One that is tried again is lost still, for whoever begins to listen then. */
function isLost({ state, failures }: SourceStatus): boolean {
  return state === 'backing-off' || state === 'failed' || (state === 'connecting' && failures > 0);
}

function lostOrBack(stream: string, lost: boolean, { sinceMs, epoch, reason }: SourceStatus): StreamEvent {
  const about = { type: 'event', stream, atMs: sinceMs, epoch } as const;
  return lost ? { ...about, event: 'lost', ...(reason && { reason }) } : { ...about, event: 'back' };
}
