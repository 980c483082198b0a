/** Kubernetes leaves vowels and look-alikes out of what it generates. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const nameLimit = 63;

/** A base name with a random suffix, as `names.SimpleNameGenerator` makes it. */
export function generateName(base: string, random: () => number): string {
  return `${base.slice(0, nameLimit - suffixLength)}${randomSuffix(suffixLength, random)}`;
}

export function randomSuffix(length: number, random: () => number): string {
  let suffix = '';
  for (let index = 0; index < length; index++) suffix += alphabet[Math.floor(random() * alphabet.length)];
  return suffix;
}

/** A pod template's hash in Kubernetes' alphabet (`rand.SafeEncodeString`). */
export function safeEncode(text: string): string {
  return [...text].map((character) => alphabet[character.charCodeAt(0) % alphabet.length]).join('');
}
