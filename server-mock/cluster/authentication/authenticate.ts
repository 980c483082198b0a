import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { unauthorized } from '../status.ts';
import type { UserInfo } from '../streaming-types.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/**
 * Finds who asks: by client certificate (CN is the user, each O a group), else by bearer token, else anonymous.
 *
 * The certificate comes first, as in kube-apiserver: a connection that presents one acts as its holder whatever
 * token a request on it carries.
 *
 * @throws {StatusError} 401 for a credential that is not good
 */
export async function authenticate(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  tokens: Pick<ServiceAccountTokens, 'identify'>,
): Promise<UserInfo> {
  const { socket } = request;
  if (socket instanceof TLSSocket) {
    const certified = certifiedUser(socket);
    if (certified) return certified;
  }
  const header = request.headers.authorization;
  if (header === undefined) return anonymous;
  const token = /^bearer +(\S+)$/i.exec(header.trim())?.[1];
  if (token === undefined) return anonymous;
  const user = await tokens.identify(token);
  if (!user) throw unauthorized();
  return user;
}

function certifiedUser(socket: TLSSocket): UserInfo | undefined {
  const certificate = socket.getPeerCertificate();
  if (!certificate || Object.keys(certificate).length === 0) return undefined;
  if (!socket.authorized) throw unauthorized();
  const { CN, O } = certificate.subject as { CN?: string | string[]; O?: string | string[] };
  const name = [CN ?? []].flat()[0];
  if (!name) throw unauthorized();
  return { name, groups: [...[O ?? []].flat(), 'system:authenticated'] };
}
