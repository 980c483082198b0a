import { listAt, textAt } from '../json.ts';
import type { Pod } from '../objects.ts';
import type { ObjectStore } from '../store.ts';

const unknownNode = '192.168.65.3';

/** The addresses of pods: each node has a /24 of 10.244.0.0/16. */
export class PodAddresses {
  readonly #store: Pick<ObjectStore, 'get'>;
  readonly #used = new Set<string>();
  readonly #nodes: string[] = [];

  constructor(store: Pick<ObjectStore, 'get'>) {
    this.#store = store;
  }

  /** The lowest free address of the pod's node; its node's own for a pod on the host network. */
  assign(pod: Pod): string {
    const node = pod.spec.nodeName ?? '';
    if (pod.spec.hostNetwork === true) return this.ofNode(node);
    if (!this.#nodes.includes(node)) this.#nodes.push(node);
    const third = this.#nodes.indexOf(node) % 256;
    for (let fourth = 2; fourth < 255; fourth++) {
      const address = `10.244.${third}.${fourth}`;
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      return address;
    }
    return `10.244.${third}.254`; // more pods than a real node takes share its last address
  }

  reserve(address: string): void {
    this.#used.add(address);
  }

  release(address: string): void {
    this.#used.delete(address);
  }

  ofNode(name: string): string {
    const addresses = listAt(this.#store.get('nodes', '', name), 'status', 'addresses');
    const internal = addresses.find((address) => textAt(address, 'type') === 'InternalIP');
    return textAt(internal, 'address') || unknownNode;
  }
}
