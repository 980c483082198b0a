import { type ErrorCode, PosternError } from '../contract/errors.ts';

type IdentityErrorCode = Extract<
  ErrorCode,
  | 'POSTERN_SIGNED_OUT'
  | `POSTERN_SIGN_IN_${string}`
  | 'POSTERN_IDENTITY_PROVIDER_UNREACHABLE'
  | 'POSTERN_CERTIFICATE_EXPIRED'
  | 'POSTERN_NO_KEYCHAIN'
>;

export class IdentityError extends PosternError<IdentityErrorCode> {}
