import { createHash } from 'node:crypto';

/**
 * Kubernetes allows 253 characters; a role's suffix takes up to 64 of them, and the name is followed by nothing else.
 */
const maxUserPart = 180;
const keptOfLongUser = 100;
/** Kubernetes makes it in every namespace. */
const takenName = 'default';

/**
 * Names the service account of a user: lower-case letters and digits stay, every other character becomes `-` and its
 * code point in decimal, so that `demos@rafay.co` is `demos-64rafay-46co`. A digit right after such a number is written
 * the same way, or `a@1` and `a` with U+0281 would share an account. Different users therefore never share a name.
 *
 * A name has to begin with a letter or digit, so one that would not begins with `u-`, and the user `default` is
 * `u--default`, since every namespace has an account of that name. A long name is cut and ends in a hash of the whole.
 * All of these hold `--`, which nothing else does.
 *
 * @param role given for every role but the one used where a context names none: `<name>.<role>`
 * @see Kubernetes, RFC 1123 subdomain names
 */
export function accountName(user: string, role?: string): string {
  const encoded = encode(user);
  const started = encoded.startsWith('-') ? `u-${encoded}` : encoded === takenName ? `u--${encoded}` : encoded;
  const bounded =
    started.length <= maxUserPart ? started : `${started.slice(0, keptOfLongUser)}--${sha256(user).slice(0, 40)}`;
  return role === undefined ? bounded : `${bounded}.${role}`;
}

/** An account name as a label value, which Kubernetes bounds at 63 characters. */
export function accountLabel(name: string): string {
  return name.length <= 63 ? name : sha256(name).slice(0, 40);
}

function encode(user: string): string {
  let name = '';
  let afterNumber = false;
  for (const character of user) {
    const stays: boolean = (afterNumber ? /[a-z]/ : /[a-z0-9]/).test(character);
    name += stays ? character : `-${character.codePointAt(0)}`;
    afterNumber = !stays;
  }
  return name;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
