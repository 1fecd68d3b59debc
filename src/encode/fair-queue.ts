/** One flow's place in a {@link FairQueue}: its items, first come, first served. */
export interface FairFlow<T> {
  /** Items that wait. */
  readonly length: number;
  push(item: T): void;
  /** Takes the flow out of the queue for good and gives back what still waited, oldest first. Safe to call twice. */
  leave(): T[];
}

/**
 * Start-time fair queueing of items that cost the same (Goyal, Vin and Cheng, "Start-time fair queueing", SIGCOMM 1996).
 *
 * An item starts at the virtual time at which its flow's last one finished, or now, whichever is later, and finishes
 * 1 / weight after that; the item that starts first goes next. So of two flows that both have items waiting, over any
 * stretch of time, the items taken divided by the weights differ by at most 1 / weight + 1 / weight; and a flow that had
 * nothing waiting has nothing saved up.
 *
 * Holds whatever is pushed: the one who pushes sets the bound, by {@link FairFlow.length}.
 */
export class FairQueue<T> {
  readonly #flows = new Set<Flow<T>>();
  /** The start of the item taken last. Never falls. */
  #now = 0;

  /** A new flow, with nothing waiting. Flows whose items start together go in the order in which they joined. */
  join(weight: number): FairFlow<T> {
    const flow = new Flow<T>(weight, this.#flows, () => this.#now);
    this.#flows.add(flow);
    return flow;
  }

  /** Takes the item whose turn it is; undefined where none waits. */
  next(): T | undefined {
    let first: Flow<T> | undefined;
    for (const flow of this.#flows) {
      if (flow.length > 0 && (!first || flow.starts < first.starts)) first = flow;
    }
    if (!first) return undefined;
    this.#now = first.starts;
    const item = first.shift();
    // Nobody is kept waiting: whoever comes next starts level with the others, whatever was taken before.
    if (this.#idle()) this.#now = Math.max(...[...this.#flows].map(({ starts }) => starts));
    return item;
  }

  #idle(): boolean {
    for (const flow of this.#flows) if (flow.length > 0) return false;
    return true;
  }
}

class Flow<T> implements FairFlow<T> {
  readonly #step: number;
  readonly #others: Set<Flow<T>>;
  readonly #now: () => number;
  #items: T[] = [];
  /** Virtual time: the start of its oldest item, or the end of its last one where none waits. */
  starts = 0;

  constructor(weight: number, others: Set<Flow<T>>, now: () => number) {
    this.#step = 1 / weight;
    this.#others = others;
    this.#now = now;
  }

  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#items.length === 0) this.starts = Math.max(this.starts, this.#now());
    this.#items.push(item);
  }

  shift(): T | undefined {
    this.starts += this.#step;
    return this.#items.shift();
  }

  leave(): T[] {
    this.#others.delete(this);
    const left = this.#items;
    this.#items = [];
    return left;
  }
}
