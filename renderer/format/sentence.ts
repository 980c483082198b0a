/** Hints come as phrases (`sign in again`); alone on a line they begin with a capital and end with nothing. */
export function capitalised(phrase: string): string {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1).replace(/\.$/, '');
}
