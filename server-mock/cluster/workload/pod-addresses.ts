import { listAt, textAt } from '../json.ts';
import type { Pod } from '../objects.ts';
import type { ObjectStore } from '../store.ts';

const unknownNode = '192.168.65.3';

/** The addresses of pods: each node has a /24 of 10.244.0.0/16. */
export class PodAddresses {
  readonly #store: Pick<ObjectStore, 'get'>;
  readonly #used = new Set<string>();
  /** The third number of each node's addresses. */
  readonly #networks = new Map<string, number>();

  constructor(store: Pick<ObjectStore, 'get'>) {
    this.#store = store;
  }

  /** The lowest free address of the pod's node; its node's own for a pod on the host network. */
  assign(pod: Pod): string {
    const node = pod.spec.nodeName ?? '';
    if (pod.spec.hostNetwork === true) return this.ofNode(node);
    const network = this.#networkOf(node);
    for (let host = 2; host < 255; host++) {
      const address = `10.244.${network}.${host}`;
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      return address;
    }
    return `10.244.${network}.254`; // more pods than a real node takes share its last address
  }

  /** Takes note of an address that a pod already has. */
  reserve(pod: Pod): void {
    const address = pod.status.podIP;
    if (!address) return;
    this.#used.add(address);
    const network = Number(/^10\.244\.(\d+)\./.exec(address)?.[1]);
    if (Number.isInteger(network) && pod.spec.nodeName) this.#networks.set(pod.spec.nodeName, network);
  }

  release(address: string): void {
    this.#used.delete(address);
  }

  #networkOf(node: string): number {
    let network = this.#networks.get(node);
    if (network === undefined) {
      const taken = new Set(this.#networks.values());
      network = 0;
      while (taken.has(network) && network < 255) network++;
      this.#networks.set(node, network);
    }
    return network;
  }

  ofNode(name: string): string {
    const addresses = listAt(this.#store.get('nodes', '', name), 'status', 'addresses');
    const internal = addresses.find((address) => textAt(address, 'type') === 'InternalIP');
    return textAt(internal, 'address') || unknownNode;
  }
}
