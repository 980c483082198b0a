import { validate, version } from 'uuid';
import { auditIdHeader, headerPrefix } from '../../../proxy-core/contract/headers.ts';
import { uuidv7 } from '../../../proxy-core/tunnel/index.ts';
import { GatewayError } from '../errors.ts';

/** A WebSocket subprotocol that kube-apiserver takes as a bearer token (apiserver, websocket.protocol.go). */
const bearerSubprotocol = 'base64url.bearer.authorization.k8s.io.';

/** Headers that would speak for somebody: credentials, and what a front proxy says of its caller. */
function isIdentityHeader(name: string): boolean {
  return (
    name === 'authorization' ||
    name === 'forwarded' ||
    name.startsWith('impersonate-') ||
    name.startsWith('x-remote-') ||
    name.startsWith('x-forwarded-') ||
    name.startsWith(headerPrefix)
  );
}

/**
 * The request's headers without any that would speak for somebody, in whatever letter case. The agent's own credential
 * is the only one that reaches the API server.
 */
export function withoutIdentity(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index]!;
    const value = headers[index + 1]!;
    // Header names with an underscore are read as a hyphen by some servers.
    const lower = name.toLowerCase().replaceAll('_', '-');
    if (isIdentityHeader(lower) || lower === auditIdHeader) continue;
    if (lower !== 'sec-websocket-protocol') {
      kept.push(name, value);
      continue;
    }
    const protocols = value.split(',').filter((protocol) => !protocol.trim().startsWith(bearerSubprotocol));
    if (protocols.length > 0) kept.push(name, protocols.join(','));
  }
  return kept;
}

/**
 * The role that `kubectl --as=<role>` asks for, if it asks. Any other impersonation is refused.
 *
 * @throws {GatewayError} `POSTERN_IMPERSONATION_REFUSED`
 */
export function elevationAsked(headers: readonly string[]): string | undefined {
  const users: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index]!.toLowerCase().replaceAll('_', '-');
    if (!name.startsWith('impersonate-')) continue;
    if (name !== 'impersonate-user') throw impersonationRefused(`${name} is not accepted`);
    users.push(headers[index + 1]!);
  }
  if (users.length > 1) throw impersonationRefused('it names more than one user');
  return users[0];
}

export function impersonationRefused(why: string): GatewayError {
  return new GatewayError('POSTERN_IMPERSONATION_REFUSED', `impersonation is refused: ${why}`, {
    hint: 'use --as with the name of a role that you hold on this cluster',
  });
}

/** The device's audit id where it is a UUIDv7, else a new one. */
export function auditIdOf(value: string | undefined): string {
  return value?.length === 36 && validate(value) && version(value) === 7 ? value.toLowerCase() : uuidv7();
}
