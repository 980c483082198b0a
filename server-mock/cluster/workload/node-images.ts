const megabyte = 1_048_576;
const pullMs = { least: 400, spread: 2_200 } as const;

/** Which images each node has pulled. */
export class NodeImages {
  readonly #present = new Map<string, Set<string>>();

  /** Pulls an image onto a node, unless it is there. */
  pull(
    node: string,
    image: string,
    random: () => number,
  ): { kind: 'present' } | { kind: 'pulled'; durationMs: number; sizeBytes: number } {
    const images = this.#present.get(node) ?? new Set<string>();
    this.#present.set(node, images);
    if (images.has(image)) return { kind: 'present' };
    images.add(image);
    const durationMs = pullMs.least + random() * pullMs.spread;
    return { kind: 'pulled', durationMs, sizeBytes: Math.floor((20 + random() * 180) * megabyte) };
  }
}
