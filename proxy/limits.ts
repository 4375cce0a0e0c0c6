// How many connections at a time, and how many callers at the door. A slot is taken only by a caller whose token is right:
// the others learn nothing of it.

export class Slots {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
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
