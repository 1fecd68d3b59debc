// Some of the subscribers, in a process of their own: of framenest streams, or of a bare `ws` server.
import { answer } from './parent.mjs';
import { ThinSocket } from './thin-socket.mjs';

/** Packets in flight at most: enough to be busy, few enough that a round is over soon after it was stopped. */
const WINDOW = 8;

const groups = new Map();

/** A subscriber of a framenest stream that grants credits as `framenest/client` does, while it is told to. */
class Subscriber {
  gaps = 0;
  socket;
  #stream;
  #group;
  #granted = 0;
  #answered;

  constructor(url, stream, group) {
    this.#stream = stream;
    this.#group = group;
    this.subscribed = new Promise((resolve) => (this.#answered = resolve));
    this.socket = new ThinSocket(url, 'framenest.v1', {
      onText: (text) => this.#hear(JSON.parse(text)),
      onMessage: (head) => this.#receive(head),
    });
  }

  #hear({ type, ...message }) {
    if (type === 'welcome') this.socket.say({ type: 'subscribe', stream: this.#stream, from: 'live' });
    if (type === 'subscribed') this.#answered();
    if (type === 'gap') this.gaps += message.frames;
    if (type === 'error') throw new Error(message.message);
  }

  #receive(head) {
    this.#granted--;
    const { latencies } = this.#group;
    if (latencies) latencies.push(ageOf(head));
    this.grant();
  }

  grant() {
    const packets = WINDOW - this.#granted;
    if (!this.#group.on || packets < WINDOW / 2) return;
    this.#granted += packets;
    this.socket.say({ type: 'credit', stream: this.#stream, packets });
  }
}

/** Milliseconds since the frame of a packet was decoded. */
function ageOf(head) {
  const [, wallclock] = /"wallclock_us":"(\d+)"/.exec(head.latin1Slice()) ?? [];
  return performance.timeOrigin + performance.now() - Number(wallclock) / 1000;
}

const bytes = (name) => groups.get(name).members.reduce((total, { socket }) => total + socket.bytes, 0);

answer('', {
  /** So many subscribers more, in a group that is started and stopped together. `stream` undefined: a bare server. */
  join: async ({ name, count, url, stream }) => {
    const group = { on: false, latencies: undefined, members: [] };
    groups.set(name, group);
    for (let i = 0; i < count; i++) {
      if (stream) group.members.push(new Subscriber(url, stream, group));
      else group.members.push({ socket: new ThinSocket(url, undefined, {}) });
      await group.members.at(-1).subscribed;
    }
  },
  leave: (name) => {
    for (const { socket } of groups.get(name)?.members ?? []) socket.close();
    groups.delete(name);
  },
  /** Lets a group take packets, or no more than are granted already. */
  run: ({ name, on }) => {
    const group = groups.get(name);
    group.on = on;
    for (const member of group.members) member.grant?.();
  },
  /** Grants once, then reads nothing. */
  hang: (name) => {
    const group = groups.get(name);
    group.on = true;
    for (const member of group.members) {
      member.grant();
      member.socket.hang();
    }
  },
  bytes,
  measure: (name) => void (groups.get(name).latencies = []),
  measured: (name) => {
    const group = groups.get(name);
    const { latencies } = group;
    group.latencies = undefined;
    return { latencies, gaps: group.members.reduce((total, { gaps }) => total + gaps, 0) };
  },
});
