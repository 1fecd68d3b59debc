import { Subject, finalize, merge } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Sink } from '../operators/deliver.ts';
import type { StreamCounts } from '../operators/measure.ts';
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

/**
 * The pipeline of a stream: run once over a file, once for each connection of a camera. Sequences go on where the log
 * ends.
 * @throws FramenestError OPTION_INVALID, LADDER_INVALID: before the source is read
 */
export function streamRun(
  { name, source, encoder, options, plan, ignored, quietS }: TokenStreamParts,
  { sink, counts, log }: { sink: Sink<Packet>; counts: StreamCounts; log: PacketLog },
): StreamRun {
  const checked = checkPipeline(encoder, { ...options, stream: name }, plan);
  const moments = new Subject<StreamEvent>();
  const read = (opened: FrameSource, epoch = checked.epoch): Observable<Packet> => {
    const firstSequence = log.next;
    return pipeline({
      ...{ source: opened, encoder, sink, counts, firstSequence },
      options: { ...checked, epoch },
      onMoment: (moment) => moments.next(momentEvent(name, epoch, firstSequence, moment)),
      ...(plan && { plan }),
      ...(quietS !== undefined && { quietS }),
      ...(ignored && { ignored: ignored(opened.facts) }),
    });
  };
  const isCamera = source instanceof Camera;
  const packets = isCamera ? source.run(read) : read(source);
  return {
    // So that who hears of many streams lets go of this one.
    packets: packets.pipe(finalize(() => moments.complete())),
    events: isCamera ? merge(cameraEvents(name, source.statuses), moments) : moments,
  };
}
