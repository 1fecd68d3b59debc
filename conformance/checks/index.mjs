import * as connection from './connection.mjs';
import * as credit from './credit.mjs';
import * as durable from './durable.mjs';
import * as events from './events.mjs';
import * as lag from './lag.mjs';
import * as messages from './messages.mjs';
import * as packets from './packets.mjs';
import * as sequences from './sequences.mjs';
import * as states from './states.mjs';
import * as subscriptions from './subscriptions.mjs';
import * as views from './views.mjs';
import * as whole from './whole.mjs';

const groups = [
  connection,
  messages,
  subscriptions,
  credit,
  sequences,
  packets,
  views,
  lag,
  durable,
  events,
  states,
  whole,
];

/** Every check, in the order in which they run: what the whole run showed comes last. */
export const checks = groups.flatMap((each) => each.checks.map((check) => ({ group: each.group, ...check })));
