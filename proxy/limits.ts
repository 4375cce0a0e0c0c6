// How many connections at a time, and how many callers at the door. A place is taken only by a caller who was let in: the
// others learn nothing of it.

import type { Entry } from "./handshake/entry.ts";

export class Slots {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Undefined when there is none left; otherwise what gives it back, once however often it is called. */
  take(): (() => void) | undefined {
    if (this.#taken >= this.#most) return undefined;
    this.#taken++;
    let held = true;
    return () => {
      if (held) this.#taken--;
      held = false;
    };
  }
}

/** What all guests together may have of the connections, and what those among them who showed nothing may have. */
const GUESTS_SHARE = 3 / 4;
const STRANGERS_SHARE = 1 / 2;
/** A class behind one address; new ones in a minute. */
const MOST_OPEN_PER_ADDRESS = 50;
const MOST_OPEN_PER_MINUTE = 120;

/**
 * Everybody's connections. Those who came by a grant (guests) or to an open target (strangers) cannot take the last places
 * from those who have the token, nor strangers the last ones from guests.
 */
export class Places {
  readonly #all: Slots;
  readonly #guests: Slots;
  readonly #strangers: Slots;
  readonly #tellsApart: boolean;
  readonly #byAddress = new Map<string, Slots>();
  readonly #pace: Pace;

  /** `tellsApart` is false behind a proxy: all callers have its address, and what is for one address is for nobody. */
  constructor(most: number, tellsApart: boolean, now: () => number = () => performance.now()) {
    this.#all = new Slots(most);
    this.#guests = new Slots(Math.ceil(most * GUESTS_SHARE));
    this.#strangers = new Slots(Math.ceil(most * STRANGERS_SHARE));
    this.#tellsApart = tellsApart;
    this.#pace = new Pace(MOST_OPEN_PER_MINUTE, now);
  }

  /** As `Slots.take`. `address` is a `callerGroup`. */
  take(entry: Entry, address: string): (() => void) | undefined {
    switch (entry) {
      case "token":
      case "no-token":
        return this.#all.take();
      case "grant":
        return takeAll([this.#all, this.#guests]);
      case "open":
        return this.#takeOpen(address);
    }
  }

  #takeOpen(address: string): (() => void) | undefined {
    const shared = [this.#all, this.#guests, this.#strangers];
    if (!this.#tellsApart) return takeAll(shared);
    if (!this.#pace.allows(address)) return undefined;
    const own = this.#byAddress.get(address) ?? new Slots(MOST_OPEN_PER_ADDRESS);
    const leave = takeAll([...shared, own]);
    if (leave) this.#byAddress.set(address, own);
    return (
      leave &&
      (() => {
        leave();
        if (own.taken === 0 && this.#byAddress.get(address) === own) this.#byAddress.delete(address);
      })
    );
  }
}

function takeAll(slots: readonly Slots[]): (() => void) | undefined {
  const taken: (() => void)[] = [];
  const leave = (): void => {
    for (const one of taken) one();
  };
  for (const one of slots) {
    const left = one.take();
    if (!left) {
      leave();
      return undefined;
    }
    taken.push(left);
  }
  return leave;
}

const MINUTE = 60_000;
/** Addresses remembered at a time. Only who has as many of them gets past the pace. */
const MOST_PACED = 16_384;

/** So many a minute for each address: a relay must be no hammer for who guesses passwords behind it. */
export class Pace {
  readonly #most: number;
  readonly #now: () => number;
  /** In the order of their minutes' beginnings. */
  readonly #minutes = new Map<string, { readonly until: number; count: number }>();

  /** `now` in milliseconds. */
  constructor(most: number, now: () => number) {
    this.#most = most;
    this.#now = now;
  }

  allows(address: string): boolean {
    const now = this.#now();
    for (const [other, { until }] of this.#minutes) {
      if (until > now && this.#minutes.size < MOST_PACED) break;
      this.#minutes.delete(other);
    }
    const minute = this.#minutes.get(address) ?? { until: now + MINUTE, count: 0 };
    this.#minutes.set(address, minute);
    return ++minute.count <= this.#most;
  }
}

/**
 * Those who have not shown yet that they may come in. Nobody is locked out by them: a newcomer takes the place of the one
 * of its own address that has waited longest, or of all, and honest ones are through within a round trip.
 */
export class WaitingRoom {
  readonly #most: number;
  readonly #mostPerAddress: number;
  /** In the order of their coming. */
  readonly #waiting = new Set<{ readonly address: string; readonly turnOut: () => void }>();

  constructor(most: number, mostPerAddress: number) {
    this.#most = most;
    this.#mostPerAddress = mostPerAddress;
  }

  /** Gives what takes it out of the room again, once however often it is called. `turnOut` is called when its place is taken. */
  enter(address: string, turnOut: () => void): () => void {
    const all = [...this.#waiting];
    const neighbours = all.filter((one) => one.address === address);
    const crowd = neighbours.length >= this.#mostPerAddress ? neighbours : all.length >= this.#most ? all : [];
    const [longest] = crowd;
    if (longest) {
      this.#waiting.delete(longest);
      longest.turnOut();
    }
    const entry = { address, turnOut };
    this.#waiting.add(entry);
    return () => {
      this.#waiting.delete(entry);
    };
  }
}
