export interface Rate {
  burst: number;
  ratePerSecond: number;
}

/** A token bucket on the monotonic clock. */
export class RateLimit {
  readonly #burst: number;
  readonly #ratePerSecond: number;
  #left: number;
  #atMs = performance.now();

  constructor({ burst, ratePerSecond }: Rate) {
    this.#burst = burst;
    this.#ratePerSecond = ratePerSecond;
    this.#left = burst;
  }

  /** @returns false once there were more than may be */
  take(): boolean {
    const nowMs = performance.now();
    this.#left = Math.min(this.#burst, this.#left + ((nowMs - this.#atMs) / 1000) * this.#ratePerSecond);
    this.#atMs = nowMs;
    this.#left -= 1;
    return this.#left >= 0;
  }
}
