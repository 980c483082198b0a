/** Flat list of names and values, as `IncomingMessage.rawHeaders`: case, order and duplicates survive a hop. */
export type RawHeaders = string[];

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

/** Framing belongs to the message as each hop sends it. */
const framing: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

export function isHopByHop(name: string): boolean {
  return hopByHop.has(name.toLowerCase());
}

export function isFraming(name: string): boolean {
  return framing.has(name.toLowerCase());
}

/**
 * The headers that go on to the next hop: without the hop-by-hop ones and those that `Connection` names (RFC 9110 section
 * 7.6.1). Take this of a received message before adding headers of one's own, so that a client's `Connection` cannot name
 * those away.
 */
export function endToEndHeaders(received: readonly string[]): RawHeaders {
  const named = new Set<string>();
  for (let index = 0; index < received.length; index += 2) {
    if (received[index]?.toLowerCase() !== 'connection') continue;
    for (const name of received[index + 1]?.split(',') ?? []) named.add(name.trim().toLowerCase());
  }
  // Message framing is ours to decide whatever a peer's Connection says.
  named.delete('content-length');
  named.delete('host');
  return withoutHeaders(received, (name) => hopByHop.has(name) || named.has(name));
}

/** @param isDropped gets the name in lower case */
export function withoutHeaders(headers: readonly string[], isDropped: (name: string) => boolean): RawHeaders {
  const kept: RawHeaders = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] as string;
    if (!isDropped(name.toLowerCase())) kept.push(name, headers[index + 1] as string);
  }
  return kept;
}

/** The first value of a header, by its name in any case. */
export function headerValue(headers: readonly string[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === wanted) return headers[index + 1];
  }
  return undefined;
}
