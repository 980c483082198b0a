import { PosternError } from '../contract/errors.ts';

export class CommandLineError extends PosternError<
  'POSTERN_USAGE' | 'POSTERN_NO_KEYCHAIN' | 'POSTERN_SIGNED_OUT' | 'POSTERN_SIGN_IN_FAILED' | 'POSTERN_NOT_FOUND'
> {}

/** A program that a command ran has failed and has said why: what is left is its exit code. */
export class OtherProgramFailed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`ended with ${exitCode}`);
    this.exitCode = exitCode;
  }
}
