import { hear, tell } from './connection.ts';

type PermissionCheck = (contents: unknown, permission: string, origin: string) => boolean;
type ProtocolHandler = (request: Request | { method: string; url: string }) => Response | Promise<Response>;

export class Session {
  #check: PermissionCheck = () => true;

  setPermissionRequestHandler(): void {}
  setDevicePermissionHandler(): void {}
  setPermissionCheckHandler(check: PermissionCheck): void {
    this.#check = check;
  }
  allows(permission: string, origin: string): boolean {
    return this.#check(null, permission, origin);
  }
}

export const defaultSession = new Session();
export const session = { defaultSession };

const handlers = new Map<string, ProtocolHandler>();
const privileged = new Set<string>();

/** Electron's `protocol`. */
export const protocol = {
  registerSchemesAsPrivileged(schemes: { scheme: string; privileges: { standard?: boolean } }[]): void {
    for (const { scheme, privileges } of schemes) if (privileges.standard) privileged.add(scheme);
  },
  handle(scheme: string, handler: ProtocolHandler): void {
    if (!privileged.has(scheme)) throw new Error(`${scheme} is not a standard scheme`);
    handlers.set(scheme, handler);
  },
};

hear('protocol-request', ({ request, method, url }) => {
  void answer(request, method, url);
});

async function answer(request: number, method: string, url: string): Promise<void> {
  const handler = handlers.get(new URL(url).protocol.slice(0, -1));
  const response = handler ? await handler({ method, url }) : new Response(null, { status: 404 });
  const { status, headers } = response;
  const body = new Uint8Array(await response.arrayBuffer());
  tell({ kind: 'protocol-response', request, status, headers: [...headers], body });
}
