import { setTimeout as rest } from 'node:timers/promises';

/** How long the processes of one container work on end, and how long they rest then: half of a processor at most. */
const workMs = 5;
const restMs = 5;

/**
 * Gives everything else its turn. Commands of a pipeline wait for nothing but one another, and a script for the script
 * that it runs: without this, none of the cluster's requests would be served before they are done, and not even their
 * own client could end them.
 */
export class Turns {
  /** Since when there has been work in the present turn of the event loop; undefined before the first. */
  #workingSinceMs: number | undefined;

  /** Resolves at once, or after a rest where it is time for one. */
  async pass(): Promise<void> {
    if (this.#workingSinceMs === undefined) {
      this.#workingSinceMs = performance.now();
      setImmediate(() => {
        this.#workingSinceMs = undefined;
      });
    } else if (performance.now() - this.#workingSinceMs >= workMs) {
      await rest(restMs);
    }
  }
}
