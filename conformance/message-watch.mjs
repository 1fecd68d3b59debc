import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

/** Complaints that are kept; one of each message type is enough to mend it. */
const COMPLAINTS = 20;

/** Holds every control message of a server against docs/asyncapi.yaml. */
export class MessageWatch {
  /** Types of the messages that came. */
  seen = new Set();
  /** By type, the first thing that was wrong with a message of it. */
  complaints = new Map();
  #validators = new Map();

  constructor() {
    const { components, operations } = parse(readFileSync(new URL('../docs/asyncapi.yaml', import.meta.url), 'utf8'));
    const ajv = new Ajv({ strict: false });
    for (const { $ref } of operations.tell.messages) {
      const name = $ref.split('/').at(-1);
      if (name !== 'packet') this.#validators.set(name, ajv.compile(components.messages[name].payload));
    }
  }

  take(message) {
    const { type } = message;
    this.seen.add(type);
    if (this.complaints.has(type) || this.complaints.size >= COMPLAINTS) return;
    const validate = this.#validators.get(type);
    if (!validate) this.complaints.set(type, 'no such message is known');
    else if (!validate(message)) {
      const [{ instancePath, message: wrong }] = validate.errors;
      this.complaints.set(type, `${instancePath || 'the message'} ${wrong}`);
    }
  }
}
