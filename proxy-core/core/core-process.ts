import { toWireError } from '../contract/errors.ts';
import { freeBuffersEarly } from '../tunnel/index.ts';
import { startCore } from './start-core.ts';
import type { Core, CoreProcessEvent, CoreProcessRequest, MessagePortLike } from './types.ts';

/** `process.parentPort` of an Electron utility process, as far as it is used here. */
export interface ParentPort {
  on(event: 'message', listener: (message: { data: unknown; ports: MessagePortLike[] }) => void): unknown;
  postMessage(message: CoreProcessEvent): void;
}

/**
 * Hosts the core in a process of its own: the desktop shell forks this file as a utility process and talks to it in
 * {@link CoreProcessRequest} and {@link CoreProcessEvent}. Windows that ask before the core is up get their answers once it is.
 */
export function hostCore(parent: ParentPort, exit: (code: number) => void): void {
  freeBuffersEarly();
  const browsers = new Map<number, (problem: string | null) => void>();
  let lastBrowser = 0;
  let starting: Promise<Core> | undefined;

  const openBrowser = async (url: string): Promise<void> => {
    const id = ++lastBrowser;
    const problem = await new Promise<string | null>((resolve) => {
      browsers.set(id, resolve);
      parent.postMessage({ kind: 'open-browser', id, url });
    });
    if (problem !== null) throw new Error(problem);
  };

  async function start({
    controllerUrl,
    interfaceFolder,
  }: Extract<CoreProcessRequest, { kind: 'start' }>): Promise<void> {
    starting = startCore({
      openBrowser,
      ...(controllerUrl === undefined ? {} : { controllerUrl }),
      ...(interfaceFolder === undefined ? {} : { interfaceFolder }),
    });
    try {
      const core = await starting;
      const { kubeconfig, proxy, identity } = core.state;
      parent.postMessage({
        kind: 'ready',
        url: core.url,
        kubeconfig: kubeconfig.path,
        proxy: proxy?.url ?? null,
        signedIn: identity.kind === 'signed-in',
      });
      await core.stopped;
      parent.postMessage({ kind: 'stopped' });
      exit(0);
    } catch (error) {
      parent.postMessage({ kind: 'failed', error: toWireError(error) });
      exit(1);
    }
  }

  parent.on('message', ({ data, ports }) => {
    const request = data as CoreProcessRequest;
    const withCore = (use: (core: Core) => unknown): void => {
      starting?.then(use).catch(() => undefined);
    };
    switch (request.kind) {
      case 'start':
        if (!starting) void start(request);
        break;
      case 'window':
        withCore((core) => {
          for (const port of ports) core.serveMessagePort(port);
        });
        break;
      case 'network-changed':
        withCore((core) => core.networkChanged());
        break;
      case 'browser-opened':
        browsers.get(request.id)?.(request.problem);
        browsers.delete(request.id);
        break;
      case 'stop':
        if (starting) withCore((core) => core.close());
        else exit(0);
        break;
      default:
        request satisfies never;
    }
  });
}

const { parentPort } = process as typeof process & { parentPort?: ParentPort };
if (parentPort) hostCore(parentPort, (code) => process.exit(code));
