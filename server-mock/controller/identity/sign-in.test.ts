import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CertificateAuthority } from '../certificates/authority.ts';
import { systemClock } from '../clock.ts';
import { completeControllerConfig } from '../config.ts';
import { newKeyPair } from '../fixtures/device.ts';
import { startKeySet } from '../fixtures/identity-provider.ts';
import { openStore, type Store } from '../store/open.ts';
import { Devices } from './devices.ts';
import { IdentityProvider } from './identity-provider.ts';
import { RevocationList } from './revocation-list.ts';
import { exchangeIdToken, type SignInDependencies } from './sign-in.ts';

let dataDir: string;
let store: Store;
let idp: Awaited<ReturnType<typeof startKeySet>>;
let dependencies: SignInDependencies;
/** Happens while a certificate is being made. */
let meanwhile: () => Promise<void>;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'postern-sign-in-'));
  store = await openStore(dataDir);
  idp = await startKeySet();
  meanwhile = async () => {};
  const config = completeControllerConfig({
    organisation: 'acme',
    dataDir,
    oidc: { issuer: idp.issuer, clientId: idp.clientId },
  });
  const authority = await CertificateAuthority.open(dataDir, 'acme', systemClock);
  const revocations = await RevocationList.open(store);
  const { administrators } = config;
  dependencies = {
    store,
    authority: {
      issueClient: async (...subject) => {
        await meanwhile();
        return authority.issueClient(...subject);
      },
    },
    provider: new IdentityProvider(idp.issuer, fetch),
    devices: new Devices({ store, revocations, administrators, clock: systemClock }),
    revocations,
    config,
    clock: systemClock,
    onCertified: () => {},
  };
});
afterEach(async () => {
  await store.destroy();
  await idp.close();
  await rm(dataDir, { recursive: true, force: true });
});

test('a device that is signed out while it renews stays signed out', async () => {
  const { devices } = dependencies;
  const { certificateRequest, thumbprint } = await newKeyPair();
  const exchange = async () => {
    const idToken = await idp.token({ sub: 'bob', email: 'bob@acme.example', groups: [], nonce: thumbprint });
    return exchangeIdToken({ idToken, certificateRequest, deviceName: 'laptop' }, dependencies);
  };
  const { deviceId } = await exchange();
  const device = (await devices.byId(deviceId))!;
  meanwhile = () => devices.signOut(device);
  await expect(exchange()).rejects.toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
  expect(devices.refusal(device)).toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
  meanwhile = async () => {};
  await expect(exchange()).rejects.toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
});
