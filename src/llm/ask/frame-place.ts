/** Where a frame stands in its stream. */
export interface FramePlace {
  readonly epoch: number;
  readonly sequence: number;
}

/**
 * Reads the id of a window's frame, `NAME/EPOCH/SEQUENCE`, with or without a `/PLACE` in its packet.
 * @param stream - its NAME, which may hold slashes too
 * @returns undefined where the id is of another form
 */
export function framePlace(id: string, stream: string): FramePlace | undefined {
  if (!id.startsWith(`${stream}/`)) return undefined;
  const [, epoch, sequence] = /^(\d+)\/(\d+)(?:\/\d+)?$/.exec(id.slice(stream.length + 1)) ?? [];
  return sequence === undefined ? undefined : { epoch: Number(epoch), sequence: Number(sequence) };
}
