/** What a part writer is told of a run that never was. */
export const madeFacts = {
  input: 'made',
  decoder: 'libav',
  encoder: 'made',
  encoderDigest: 'sha256:made',
  stage: 'pre',
  gridSide: 24,
  channels: 2,
  ladder: [1, 9],
  policy: 'change',
  layout: 'uniform',
  dtype: 'F16',
  fps: 'native',
  timebase: '1/25',
} as const;
