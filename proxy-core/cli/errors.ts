import { PosternError } from '../contract/errors.ts';

export class CommandLineError extends PosternError<
  'POSTERN_USAGE' | 'POSTERN_NO_KEYCHAIN' | 'POSTERN_SIGNED_OUT' | 'POSTERN_SIGN_IN_FAILED'
> {}
