// The house rules of docs/architecture.md: a folder imports only from lower rows, folders in one row do not see each
// other (but for the few doors in `sideways`), no cycles, and each heavy package has one door.
const layers = [
  ['errors'],
  ['media'],
  ['change', 'scales', 'wire', 'flow'],
  ['decode', 'encode', 'log', 'client', 'view'],
  ['operators'],
  ['pipeline'],
  ['server', 'jobs', 'analyze', 'config', 'llm'],
  ['service'],
  ['cli', 'index'],
];
const sideways = { change: ['scales'], client: ['view'], llm: ['client'], cli: ['index'] };
const path = (name) => (name === 'errors' || name === 'index' ? `^src/${name}\\.ts$` : `^src/${name}/`);

const layerRules = layers.flatMap((row, level) =>
  row.map((name) => {
    const lower = layers.slice(0, level).flat();
    const allowed = [...lower, name, ...(sideways[name] ?? [])].map(path).join('|');
    return {
      name: `layer-${name}`,
      comment: `src/${name} may import only ${lower.join(', ') || 'nothing'} of ours.`,
      severity: 'error',
      from: { path: path(name) },
      to: { path: '^src/', pathNot: allowed },
    };
  }),
);
// The client runs in browsers: it knows the nouns, the bytes, the nested algebra and the views, nothing else.
const client = {
  name: 'client-stands-alone',
  severity: 'error',
  from: { path: '^src/client/' },
  to: { path: '^src/', pathNot: '^src/(client/|view/|media/|wire/|scales/|flow/backoff\\.ts$|errors\\.ts$)' },
};
// Views run in browsers too: the client shows packets as a subscriber would have got them.
const view = {
  name: 'view-stands-alone',
  severity: 'error',
  from: { path: '^src/view/' },
  to: { path: '^src/', pathNot: '^src/(view/|media/|wire/|scales/|errors\\.ts$)' },
};
const door = (name, files) => ({
  name: `door-${name}`,
  comment: `${name} is imported only by ${files}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: files },
  to: { path: `node_modules/(@types/)?${name}/` },
});

module.exports = {
  forbidden: [
    ...layerRules,
    client,
    view,
    door('node-av', '^src/decode/libav'),
    door('fluent-ffmpeg', '^src/decode/ffmpeg'),
    door('onnxruntime-node', '^src/(encode|llm/local)/worker/'),
    door('ws', '^src/(server|client)/'),
    door('@huggingface/hub', '^src/encode/hub'),
    door('rxjs', '^src/(flow|operators|pipeline|server|jobs|llm|client|service|cli)/|^src/index\\.ts$'),
    door('echarts', '^src/analyze/page/plot\\.ts$'),
    door('sharp', '^src/(analyze/page/film-strip|server/stills|llm/pictures/[a-z-]+)\\.ts$'),
    door('commander', '^src/cli/'),
    door('yaml', '^src/config/'),
    door('fastify', '^src/server/(http|page)\\.ts$'),
    door('@fastify', '^src/server/(http|page)\\.ts$'),
    door('lmdb', '^src/log/log-database\\.ts$'),
    door('openai', '^src/llm/hosts/'),
    door('@google/genai', '^src/llm/hosts/gemini'),
    door('@huggingface/tokenizers', '^src/(llm/local|encode/worker/text-)'),
    door('@huggingface/jinja', '^src/llm/local/'),
    door('prom-client', '^src/server/metrics\\.ts$'),
    door('pino', '^src/(server|service|cli)/'),
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: 'src/(index|cli/main)\\.ts$' },
      to: {},
    },
    {
      name: 'no-dev-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'], pathNot: '@types/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
