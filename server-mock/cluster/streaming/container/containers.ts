import type { Clock } from '../../clock.ts';
import type { Pod } from '../../objects.ts';
import type { ObjectStore } from '../../store.ts';
import { Container } from './container.ts';
import { Disk } from './disk.ts';

/** What one container can write. */
const containerDiskBytes = 128 * 1024 * 1024;
/** What all containers of an emulated cluster can write together: it is memory of this process. */
const clusterDiskBytes = 512 * 1024 * 1024;

/**
 * The containers of an emulated cluster. The workload starts and stops them, the streaming handlers look into them.
 * A container goes when its pod is removed from the store.
 */
export class Containers {
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #pods = new Map<string, Map<string, Container>>();
  readonly #unwatch: () => void;

  constructor(deps: { store: Pick<ObjectStore, 'watch'>; clock: Clock; diskBytes?: number }) {
    this.#clock = deps.clock;
    this.#disk = new Disk(deps.diskBytes ?? clusterDiskBytes);
    this.#unwatch = deps.store.watch('pods', (event) => {
      if (event.type === 'DELETED') this.#remove(event.object.metadata.uid);
    });
  }

  /** The container, made at the first call. Undefined where the pod's spec has none of that name. */
  of(pod: Pod, name: string): Container | undefined {
    const known = this.find(pod, name);
    if (known) return known;
    const spec = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((entry) => entry.name === name);
    if (!spec) return undefined;
    const container = new Container(pod, spec, new Disk(containerDiskBytes, this.#disk), this.#clock);
    const ofPod = this.#pods.get(pod.metadata.uid) ?? new Map<string, Container>();
    this.#pods.set(pod.metadata.uid, ofPod.set(name, container));
    return container;
  }

  /** The container, if it was ever made. */
  find(pod: Pod, name: string): Container | undefined {
    return this.#pods.get(pod.metadata.uid)?.get(name);
  }

  close(): void {
    this.#unwatch();
    for (const uid of [...this.#pods.keys()]) this.#remove(uid);
  }

  #remove(podUid: string): void {
    for (const container of this.#pods.get(podUid)?.values() ?? []) container.dispose();
    this.#pods.delete(podUid);
  }
}
