export { IdentityError } from './errors.ts';
export {
  type DeviceCredentials,
  Identity,
  type IdentityOptions,
  type SignInMethod,
} from './identity.ts';
export type { OpenIdSettings } from './open-id.ts';
export type { ExchangeCertificate } from './request-certificate.ts';
export { memorySecretStore, openSecretStore, type SecretStore } from './secret-store.ts';
