import type { FileSystem } from '../file-system.ts';
import { evaluate } from './arithmetic.ts';
import { expandPattern, hasWildcard } from './glob.ts';
import { type List, SyntaxProblem, type Word, type WordPart } from './syntax.ts';

/** What expansions need to know of their shell. */
export interface Expander {
  files: FileSystem;
  workingDirectory: string;
  variable(name: string): string | undefined;
  positional: readonly string[];
  /** Runs a command substitution and gives its output. */
  substitute(list: List): Promise<string>;
}

/** What one word may expand to, so that `$x$x` in a loop cannot fill the memory. */
const longestExpansion = 1_048_576;
const mostFields = 10_000;

/** A field under way: its text, and the same as a pattern in which what was quoted is escaped. */
interface Field {
  text: string;
  pattern: string;
}

/** Expands words to the arguments of a command: variables, substitutions, field splitting, file name patterns. */
export async function expandWords(words: readonly Word[], shell: Expander): Promise<string[]> {
  const expanded: string[] = [];
  for (const word of words) {
    for (const field of await fieldsOf(word, shell)) {
      const paths = hasWildcard(field.pattern) ? expandPattern(shell.files, shell.workingDirectory, field.pattern) : [];
      expanded.push(...(paths.length > 0 ? paths : [field.text]));
    }
    if (expanded.length > mostFields) throw new SyntaxProblem('argument list too long');
  }
  return expanded;
}

/** Expands a word to one string, unsplit: an assignment's value, a redirection's target. */
export async function expandWord(word: Word, shell: Expander): Promise<string> {
  let text = '';
  for (const part of word) {
    text += (await valuesOf(part, shell)).join(' ');
    if (text.length > longestExpansion) throw new SyntaxProblem('an expansion is too long');
  }
  return text;
}

async function fieldsOf(word: Word, shell: Expander): Promise<Field[]> {
  const fields: Field[] = [];
  let current: Field | undefined;
  const add = (text: string, quoted: boolean) => {
    current ??= { text: '', pattern: '' };
    current.text += text;
    current.pattern += quoted ? text.replace(/[\\*?[\]]/g, '\\$&') : text;
    if (current.text.length > longestExpansion) throw new SyntaxProblem('an expansion is too long');
  };
  const finish = () => {
    if (current) fields.push(current);
    current = undefined;
  };
  for (const [index, part] of word.entries()) {
    const values = await valuesOf(part, shell);
    if (part.kind === 'text') {
      add(index === 0 && !part.quoted ? tilde(part.text, shell) : part.text, part.quoted);
    } else if (part.kind === 'arithmetic' || part.quoted) {
      // A quoted "$@" with no arguments is no field at all.
      for (const [position, value] of values.entries()) {
        if (position > 0) finish();
        add(value, true);
      }
    } else {
      for (const piece of values.join(' ').split(/([ \t\n]+)/)) {
        if (/^[ \t\n]+$/.test(piece)) finish();
        else if (piece !== '') add(piece, false);
      }
    }
  }
  finish();
  return fields;
}

async function valuesOf(part: WordPart, shell: Expander): Promise<readonly string[]> {
  switch (part.kind) {
    case 'text':
      return [part.text];
    case 'variable': {
      if (part.name === '@' || part.name === '*') return shell.positional;
      const value = shell.variable(part.name);
      return [(value === undefined || value === '') && part.fallback !== undefined ? part.fallback : (value ?? '')];
    }
    case 'substitution':
      return [(await shell.substitute(part.list)).replace(/\n+$/, '')];
    case 'arithmetic':
      return [String(evaluate(part.expression, (name) => shell.variable(name) ?? ''))];
    default:
      return part satisfies never;
  }
}

function tilde(text: string, shell: Expander): string {
  return text === '~' || text.startsWith('~/') ? (shell.variable('HOME') ?? '') + text.slice(1) : text;
}
