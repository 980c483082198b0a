import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Duplex, pipeline } from 'node:stream';
import type { Pod } from '../objects.ts';
import type { Container } from './container/container.ts';
import type { Containers } from './container/containers.ts';
import { resolvePath } from './container/file-system.ts';
import { indexPage } from './container/image.ts';

/** Where nginx's files stand: what is copied there is served. */
const documentRoot = '/usr/share/nginx/html';

/** What answers on the ports of emulated pods: an HTTP page that says whose it is, or an echo on a port named `echo`. */
export class PodPorts {
  readonly #containers: Containers;
  readonly #server: Server;
  readonly #peers = new WeakMap<object, { pod: Pod; container: Container }>();

  constructor(containers: Containers) {
    this.#containers = containers;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** Gives a connection to what listens on a pod's port. @returns false where nothing does */
  connect(pod: Pod, port: number, connection: Duplex): boolean {
    const spec = pod.spec.containers.find(({ ports = [] }) =>
      ports.some(({ containerPort }) => containerPort === port),
    );
    const container = spec && this.#containers.of(pod, spec.name);
    if (!container?.running) return false;
    const cut = () => connection.destroy();
    container.stopped.addEventListener('abort', cut, { once: true });
    connection.once('close', () => container.stopped.removeEventListener('abort', cut));
    const name = spec?.ports?.find(({ containerPort }) => containerPort === port)?.name;
    if (name === 'echo' || port === 7) {
      pipeline(connection, connection, () => {}); // whatever ends it, it has ended
    } else {
      this.#peers.set(connection, { pod, container });
      this.#server.emit('connection', connection);
    }
    return true;
  }

  close(): void {
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const peer = this.#peers.get(request.socket);
    if (!peer) return void response.destroy();
    const { pod, container } = peer;
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const file = this.#file(container, path);
    const page = Buffer.from(indexPage(pod));
    const found = file !== undefined || path === '/';
    const body = file ?? (found ? page : Buffer.from('404 page not found in this emulated pod\n'));
    const type = !found
      ? 'text/plain'
      : file === undefined || /(\/|\.html?)$/.test(path)
        ? 'text/html'
        : 'application/octet-stream';
    const status = found ? 200 : 404;
    response.writeHead(status, {
      'content-type': `${type}; charset=utf-8`,
      'content-length': body.length,
      server: 'postern-emulated-pod',
      'x-pod-name': pod.metadata.name,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
    const line = `127.0.0.1 - - "${request.method} ${path.slice(0, 200)} HTTP/${request.httpVersion}" ${status} ${body.length}`;
    container.print(`${line} "-" "${(request.headers['user-agent'] ?? '-').slice(0, 200)}"`);
  }

  #file({ files }: Container, path: string): Buffer | undefined {
    let decoded: string;
    try {
      decoded = decodeURIComponent(path);
    } catch {
      return undefined; // no file is called that
    }
    const wanted = `${documentRoot}${resolvePath('/', decoded.endsWith('/') ? `${decoded}index.html` : decoded)}`;
    const tooDeep = wanted.length > 1_024 || wanted.split('/').length > 32;
    if (tooDeep || files.stat(wanted)?.kind !== 'file') return undefined;
    return Buffer.concat(files.read(wanted));
  }
}
