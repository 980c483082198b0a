import { capitalised } from '../../format/sentence.ts';

/** The headline over a failed or ended sign-in; for the rest, the message is its own headline. */
export function signInFailureTitle({ code, message }: { code: string; message: string }): string {
  switch (code) {
    case 'POSTERN_SESSION_REVOKED':
      return 'Your access was revoked';
    case 'POSTERN_CERTIFICATE_EXPIRED':
      return 'Your sign-in has expired';
    case 'POSTERN_SIGN_IN_EXPIRED':
      return 'The sign-in took too long';
    case 'POSTERN_CONTROLLER_URL_INVALID':
      return 'This controller URL cannot be read';
    case 'POSTERN_CONTROLLER_UNREACHABLE':
      return 'The controller cannot be reached';
    case 'POSTERN_CONTROLLER_UNTRUSTED':
      return 'The controller is not the one this URL names';
    case 'POSTERN_CONTROLLER_NOT_POSTERN':
      return 'This is not a Postern controller';
    case 'POSTERN_IDENTITY_PROVIDER_UNREACHABLE':
      return 'The identity provider cannot be reached';
    default:
      return capitalised(message);
  }
}
