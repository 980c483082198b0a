/**
 * Flat list of names, in lower case, and values: order and duplicates survive a hop, the case of names does not, as in
 * HTTP/2. So no letter case can get a header past a rule.
 */
export type HeaderList = string[];

/** RFC 9110 section 7.6.1; `expect` because each hop answers it itself, `proxy-authenticate` and `-authorization` by 11.7. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
]);

/** Hop-by-hop ones, and the length: framing belongs to the message as each hop sends it. */
export function belongsToHop(name: string): boolean {
  return hopByHop.has(name) || name === 'content-length';
}

/**
 * The headers that go on to the next hop: without the hop-by-hop ones and those that `connection` names (RFC 9110 section
 * 7.6.1). Take this of a received message before adding headers of one's own, so that a client's `connection` cannot name
 * those away.
 */
export function endToEndHeaders(received: readonly string[]): HeaderList {
  const named = namedByConnection(received);
  return withoutHeaders(received, (name) => hopByHop.has(name) || named?.has(name) === true);
}

function namedByConnection(received: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined;
  for (let index = 0; index < received.length; index += 2) {
    if (received[index] !== 'connection') continue;
    named ??= new Set();
    for (const name of received[index + 1]?.split(',') ?? []) named.add(name.trim().toLowerCase());
  }
  // Message framing is ours to decide whatever a peer's Connection says.
  named?.delete('content-length');
  named?.delete('host');
  return named;
}

export function withoutHeaders(headers: readonly string[], isDropped: (name: string) => boolean): HeaderList {
  const kept: HeaderList = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] as string;
    if (!isDropped(name)) kept.push(name, headers[index + 1] as string);
  }
  return kept;
}

/** The first value of a header. @param name in lower case */
export function headerValue(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) return headers[index + 1];
  }
  return undefined;
}
