import { EMPTY, Subject, defer, finalize, merge, switchMap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Sink } from '../operators/deliver.ts';
import type { StreamCounts } from '../operators/measure.ts';
import type { StillSlot } from '../operators/take-stills.ts';
import type { PacketLog } from '../log/packet-log.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Packet } from '../media/packet.ts';
import { Camera } from '../pipeline/camera.ts';
import { checkPipeline, pipeline } from '../pipeline/pipeline.ts';
import type { StreamEvent } from '../wire/control-message.ts';
import { cameraEvents, momentEvent } from './stream-events.ts';
import type { TokenStreamParts } from './stream-parts.ts';

/** What a stream does with its source. */
export interface StreamRun {
  /** Cold; subscribed once. */
  readonly packets: Observable<Packet>;
  /** What happens in it. Hot: from now on. */
  readonly events: Observable<StreamEvent>;
}

/** What a run fills. */
export interface StreamRunParts {
  readonly sink: Sink<Packet>;
  readonly counts: StreamCounts;
  readonly stills: StillSlot;
  readonly log: PacketLog;
  /** Resolves once no packet is on its way into the log: only then is the next sequence known. */
  readonly idle: () => Promise<void>;
}

/**
 * The pipeline of a stream: run once over a file, once for each connection of a camera. Sequences go on where the log
 * ends.
 * @throws FramenestError OPTION_INVALID, LADDER_INVALID: before the source is read
 */
export function streamRun(
  { name, source, encoder, options, plan, ignored, quietS }: TokenStreamParts,
  { sink, counts, stills, log, idle }: StreamRunParts,
): StreamRun {
  const checked = checkPipeline(encoder, { ...options, stream: name }, plan);
  const moments = new Subject<StreamEvent>();
  const read = (opened: FrameSource, epoch = checked.epoch): Observable<Packet> =>
    defer(idle).pipe(switchMap(() => run(opened, epoch)));
  const run = (opened: FrameSource, epoch: number): Observable<Packet> => {
    const firstSequence = log.next;
    return pipeline({
      ...{ source: opened, encoder, sink, counts, stills, firstSequence },
      options: { ...checked, epoch },
      onMoment: (moment) => moments.next(momentEvent(name, epoch, firstSequence, moment)),
      ...(plan && { plan }),
      ...(quietS !== undefined && { quietS }),
      ...(ignored && { ignored: ignored(opened.facts) }),
    });
  };
  const isCamera = source instanceof Camera;
  const packets = isCamera ? source.run(read) : source ? read(source) : EMPTY;
  return {
    // So that who hears of many streams lets go of this one.
    packets: packets.pipe(finalize(() => moments.complete())),
    events: isCamera ? merge(cameraEvents(name, source.statuses), moments) : moments,
  };
}
