import { v4 as uuidv4 } from 'uuid';
import type { User } from '../../../proxy-core/contract/controller.ts';
import { durationMs } from '../../../proxy-core/contract/duration.ts';
import type { CertificateAuthority } from '../certificates/authority.ts';
import { deviceUri } from '../certificates/peer.ts';
import { readCertificateRequest } from '../certificates/request.ts';
import { type Clock, timestamp } from '../clock.ts';
import type { ControllerConfig } from '../config.ts';
import { ControllerError } from '../errors.ts';
import { findDevice, findPerson } from '../store/devices.ts';
import type { Store } from '../store/open.ts';
import type { Device, Devices } from './devices.ts';
import { verifyIdToken } from './id-token.ts';
import type { IdentityProvider } from './identity-provider.ts';
import type { RevocationList } from './revocation-list.ts';

export interface SignInDependencies {
  store: Store;
  authority: Pick<CertificateAuthority, 'issueClient'>;
  provider: IdentityProvider;
  devices: Devices;
  revocations: RevocationList;
  config: Pick<ControllerConfig, 'oidc' | 'deviceCertificate'>;
  clock: Clock;
  /** Called after each exchange: entitlements are read anew. */
  onCertified(device: Device, change: { groupsChanged: boolean; formerHolders: Device[] }): void;
}

export interface DeviceCertificate {
  certificate: string;
  expiresAt: string;
  deviceId: string;
  user: User;
}

/**
 * Exchanges an ID token and a certificate request for a device certificate: the first sign-in and renewals alike.
 *
 * The token is bound to the key. A first token's nonce is the thumbprint of the request's key, so that a token stolen
 * on its way is worth nothing with another key. A token from a refresh may lack the nonce (OpenID Connect Core 1.0
 * section 12.2); then the key must be one that was certified before for the same person.
 *
 * @throws {ControllerError} `POSTERN_ID_TOKEN_REFUSED`, `POSTERN_CERTIFICATE_REQUEST_REFUSED`, `POSTERN_SESSION_REVOKED`,
 *   `POSTERN_SIGNED_OUT`, `POSTERN_IDENTITY_PROVIDER_UNREACHABLE`
 */
export async function exchangeIdToken(
  input: { idToken: string; certificateRequest: string; deviceName: string },
  dependencies: SignInDependencies,
): Promise<DeviceCertificate> {
  const { store, devices, revocations, config, clock, provider } = dependencies;
  const request = await readCertificateRequest(input.certificateRequest);
  const token = await verifyIdToken(input.idToken, { provider, oidc: config.oidc, clock });

  const known = await findDevice(store, { keyThumbprint: request.keyThumbprint });
  if (token.nonce !== null && token.nonce !== request.keyThumbprint) throw boundElsewhere();
  if (token.nonce === null && !known) throw boundElsewhere();
  if (known && (known.subject !== token.subject || known.person !== token.userName)) throw boundElsewhere();
  const issuedAt = timestamp(token.issuedAtMs);
  if (known && issuedAt < known.id_token_issued_at) {
    throw new ControllerError('POSTERN_ID_TOKEN_REFUSED', 'the ID token is older than the last one of this device', {
      hint: 'sign in again',
    });
  }
  if (known?.signed_out_at) {
    throw new ControllerError('POSTERN_SIGNED_OUT', 'this device was signed out', { hint: 'sign in again' });
  }
  if (revocations.has({ kind: 'user', name: token.userName })) {
    throw new ControllerError(
      'POSTERN_SESSION_REVOKED',
      `the access of ${token.userName} was revoked by an administrator`,
      {
        hint: 'ask an administrator to restore it',
      },
    );
  }
  if (known && revocations.has({ kind: 'device', name: known.id })) {
    throw new ControllerError(
      'POSTERN_SESSION_REVOKED',
      `this device of ${token.userName} was revoked by an administrator`,
      {
        hint: 'ask an administrator to restore it',
      },
    );
  }

  const deviceId = known?.id ?? uuidv4();
  const issued = await dependencies.authority.issueClient(request.publicKey, {
    commonName: token.userName,
    uri: deviceUri(deviceId),
    lifetimeMs: durationMs(config.deviceCertificate.lifetime),
  });
  // Another device may have brought a newer token: its groups count.
  const before = await findPerson(store, token.userName);
  const newest = !before || before.subject !== token.subject || before.groups_as_of <= issuedAt;
  const now = timestamp(clock.now());
  const expiresAt = timestamp(issued.expiresAtMs);
  const { device, groupsChanged, formerHolders } = await devices.certified(
    {
      name: token.userName,
      issuer: config.oidc.issuer,
      subject: token.subject,
      display_name: newest ? token.displayName : before.display_name,
      groups: newest ? token.groups : before.groups,
      groups_as_of: newest ? issuedAt : before.groups_as_of,
    },
    {
      id: deviceId,
      person: token.userName,
      subject: token.subject,
      name: input.deviceName,
      key_thumbprint: request.keyThumbprint,
      created_at: known?.created_at ?? now,
      certified_at: now,
      certificate_expires_at: expiresAt,
      id_token_issued_at: issuedAt,
      signed_out_at: null,
    },
  );
  dependencies.onCertified(device, { groupsChanged, formerHolders });
  // Signed out or revoked while the certificate was made: it would serve for nothing.
  const refusal = devices.refusal(device);
  if (refusal) throw refusal;
  return { certificate: issued.certificate, expiresAt, deviceId, user: devices.user(device.person) };
}

function boundElsewhere(): ControllerError {
  return new ControllerError('POSTERN_ID_TOKEN_REFUSED', 'the ID token was not issued for this key', {
    hint: 'sign in again',
  });
}
