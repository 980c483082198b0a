import { isKeychainAsked } from '../identity/secret-store.ts';

/** How long a call into the keychain may keep the process after the orderly end. */
const lingerMs = 1_000;

/**
 * Ends the process, whatever a library still waits for. `process.exit()` waits for the threads, and takes no signal while it
 * does: with one of them at a keychain that does not answer, only a kill ends it, at the price of the exit code.
 */
export function leave(): void {
  if (!isKeychainAsked()) process.exit();
  setTimeout(() => (isKeychainAsked() ? process.kill(process.pid, 'SIGKILL') : process.exit()), lingerMs);
}
