import type { FileSystem } from '../file-system.ts';
import { resolvePath } from '../file-system.ts';

/** In a pattern `\` makes the next character an ordinary one. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[]/.test(pattern.replace(/\\[\s\S]/g, ''));
}

/** The paths that a pattern matches, by name; none where nothing matches. */
export function expandPattern(files: FileSystem, workingDirectory: string, pattern: string): string[] {
  const absolute = pattern.startsWith('/');
  let found = [absolute ? '/' : ''];
  for (const part of pattern.split('/')) {
    if (part === '') continue;
    const next: string[] = [];
    for (const directory of found) {
      const path = resolvePath(workingDirectory, directory || '.');
      const at = (name: string) =>
        directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`;
      if (!hasWildcard(part)) {
        const name = part.replace(/\\([\s\S])/g, '$1');
        if (files.stat(resolvePath(path, name))) next.push(at(name));
      } else if (files.isDirectory(path)) {
        for (const { name } of files.list(path)) {
          if (name.startsWith('.') && !part.startsWith('.')) continue;
          if (matchesPattern(name, part)) next.push(at(name));
        }
      }
    }
    found = next;
  }
  return found;
}

/** Matches `*`, `?` and `[…]`, going back only to the last star, so no pattern takes more than quadratic time. */
export function matchesPattern(name: string, pattern: string): boolean {
  let at = 0;
  let nameAt = 0;
  let star: { pattern: number; name: number } | undefined;
  while (nameAt < name.length) {
    if (pattern[at] === '*') {
      star = { pattern: ++at, name: nameAt };
      continue;
    }
    const length = matchOne(name[nameAt] as string, pattern, at);
    if (length > 0) {
      at += length;
      nameAt++;
    } else if (star) {
      at = star.pattern;
      nameAt = ++star.name;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** How much of the pattern at `at` matches the one character; 0 where it does not. */
function matchOne(character: string, pattern: string, at: number): number {
  switch (pattern[at]) {
    case undefined:
      return 0;
    case '?':
      return 1;
    case '\\':
      return pattern[at + 1] === character ? 2 : 0;
    case '[': {
      const end = pattern.indexOf(']', at + 2);
      if (end === -1) return character === '[' ? 1 : 0;
      const negated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
      const set = pattern.slice(at + (negated ? 2 : 1), end);
      return inSet(character, set) === negated ? 0 : end - at + 1;
    }
    default:
      return pattern[at] === character ? 1 : 0;
  }
}

function inSet(character: string, set: string): boolean {
  for (let at = 0; at < set.length; at++) {
    const from = set[at] as string;
    const to = set[at + 1] === '-' && at + 2 < set.length ? (set[at + 2] as string) : from;
    if (character >= from && character <= to) return true;
    if (to !== from) at += 2;
  }
  return false;
}
