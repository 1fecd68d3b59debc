// Each tells of a loss itself, none of its consequences: some cameras' streams give cause for those all the time.
const losses = [
  ...['RTP: missed -?\\d+ packets', 'dropping old packet received too late', 'Packet corrupt'],
  ...['error while decoding MB', 'concealing \\d+ DC', 'Invalid NAL unit size', 'Skipping invalid undecodable NALU'],
  ...['First slice in a frame missing', 'ac-tex damaged', 'overread'],
];
const loss = new RegExp(losses.join('|'), 'i');

/** Whether a line of FFmpeg's log says that a part of the stream was lost. The wording of FFmpeg 4 to 8. */
export function tellsLoss(line: string): boolean {
  return loss.test(line);
}
