import https from 'node:https';
import { parse } from 'yaml';
import type { EmulatedCluster } from '../index.ts';

export interface Answer {
  code: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The body as JSON; undefined where it is none. */
  body: unknown;
}

export interface Call {
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  /** A bearer token instead of the administrator's certificate; `anonymous` for neither. */
  as?: { token: string } | 'anonymous';
}

/** Calls an emulated cluster's API as tests do: as the administrator, by a token or anonymously. */
export class TestClient {
  readonly #cluster: EmulatedCluster;
  readonly #admin: { cert: string; key: string };

  constructor(cluster: EmulatedCluster) {
    this.#cluster = cluster;
    const { users } = parse(cluster.kubeconfig) as { users: { user: Record<string, string> }[] };
    const pem = (field: string) => Buffer.from(users[0]?.user[field] ?? '', 'base64').toString();
    this.#admin = { cert: pem('client-certificate-data'), key: pem('client-key-data') };
  }

  async call(method: string, path: string, call: Call = {}): Promise<Answer> {
    const response = await this.open(method, path, call);
    const pieces: Buffer[] = [];
    for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    return { code: response.statusCode ?? 0, headers: response.headers, text, body };
  }

  get(path: string, call: Call = {}): Promise<Answer> {
    return this.call('GET', path, call);
  }

  post(path: string, body: unknown, call: Call = {}): Promise<Answer> {
    return this.call('POST', path, { ...call, body });
  }

  /** The lines of a watch, as they come. Returning from the loop ends it. */
  async *watch(path: string, call: Call = {}): AsyncGenerator<{ type: string; object: Record<string, unknown> }> {
    const response = await this.open('GET', path, call);
    let rest = '';
    try {
      for await (const piece of response as AsyncIterable<Buffer>) {
        const lines = (rest + piece.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line) yield JSON.parse(line);
      }
    } finally {
      response.destroy();
    }
  }

  /** The response as soon as its head is there. */
  open(method: string, path: string, call: Call = {}): Promise<import('node:http').IncomingMessage> {
    const body = call.body === undefined ? undefined : encode(call.body);
    const token = typeof call.as === 'object' ? { authorization: `Bearer ${call.as.token}` } : {};
    return new Promise((resolve, reject) => {
      const request = https.request(
        `${this.#cluster.url}${path}`,
        {
          method,
          ca: this.#cluster.certificateAuthority,
          ...(call.as === undefined ? this.#admin : {}),
          agent: false,
          headers: {
            ...(body ? { 'content-type': call.contentType ?? 'application/json', 'content-length': body.length } : {}),
            ...token,
            ...call.headers,
          },
        },
        resolve,
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Makes a ServiceAccount in `default` and gives back a token of it. */
  async serviceAccount(name: string, namespace = 'default'): Promise<{ token: string }> {
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await this.post(accounts, { metadata: { name } });
    const { body } = await this.post(`${accounts}/${name}/token`, { spec: {} });
    return { token: (body as { status: { token: string } }).status.token };
  }
}

function encode(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Asks again until `probe` gives something other than undefined: for what controllers bring about. */
export async function eventually<T>(probe: () => Promise<T | undefined>, limitMs = 15_000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const result = await probe();
    if (result !== undefined) return result;
    if (performance.now() > deadline) throw new Error(`not so after ${limitMs} ms: ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
