import { type List, SyntaxProblem, type Word, type WordPart } from './syntax.ts';

export type Token =
  | { kind: 'operator'; text: string }
  /** `plain` is the text of a word without any quoting or expansion: only such a word can be a keyword. */
  | { kind: 'word'; word: Word; plain: string | undefined }
  | { kind: 'redirection'; descriptor: number | undefined; operator: '<' | '>' | '>>' | '>&' | '<&' };

/** How deep substitutions may nest; each level parses anew. */
const deepestNesting = 20;
const metacharacters = ' \t\n;|&<>()';
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*/;

/** Parses the text of a command substitution. */
type ParseList = (text: string, depth: number) => List;

/** @throws {SyntaxProblem} */
export function tokenize(text: string, depth: number, parseList: ParseList): Token[] {
  if (depth > deepestNesting) throw new SyntaxProblem('substitutions are nested too deeply');
  const scanner = new Scanner(text, depth, parseList);
  const tokens: Token[] = [];
  for (let token = scanner.next(); token; token = scanner.next()) tokens.push(token);
  return tokens;
}

class Scanner {
  readonly #text: string;
  readonly #depth: number;
  readonly #parseList: ParseList;
  #at = 0;

  constructor(text: string, depth: number, parseList: ParseList) {
    this.#text = text;
    this.#depth = depth;
    this.#parseList = parseList;
  }

  next(): Token | undefined {
    const text = this.#text;
    while (text[this.#at] === ' ' || text[this.#at] === '\t' || text.startsWith('\\\n', this.#at)) {
      this.#at += text[this.#at] === '\\' ? 2 : 1;
    }
    if (text[this.#at] === '#') while (this.#at < text.length && text[this.#at] !== '\n') this.#at++;
    if (this.#at >= text.length) return undefined;
    const redirection = /^(\d?)(<<|>>|>&|<&|<|>)/.exec(text.slice(this.#at, this.#at + 3));
    if (redirection) {
      const [whole, digit, operator] = redirection;
      if (operator === '<<') throw new SyntaxProblem('here-documents are not supported by the emulation');
      this.#at += whole.length;
      return {
        kind: 'redirection',
        descriptor: digit ? Number(digit) : undefined,
        operator: operator as '<' | '>' | '>>' | '>&' | '<&',
      };
    }
    const operator = /^(&&|\|\||;;|[;|&()\n])/.exec(text.slice(this.#at, this.#at + 2))?.[0];
    if (operator) {
      this.#at += operator.length;
      return { kind: 'operator', text: operator };
    }
    return this.#word();
  }

  #word(): Token {
    const text = this.#text;
    const word: Word = [];
    const add = (part: string, quoted: boolean) => {
      const last = word.at(-1);
      if (last?.kind === 'text' && last.quoted === quoted) last.text += part;
      else word.push({ kind: 'text', text: part, quoted });
    };
    while (this.#at < text.length && !metacharacters.includes(text[this.#at] as string)) {
      const character = text[this.#at] as string;
      if (character === "'") {
        const end = text.indexOf("'", this.#at + 1);
        if (end === -1) throw new SyntaxProblem('a single quote is not closed', { incomplete: true });
        add(text.slice(this.#at + 1, end), true);
        this.#at = end + 1;
      } else if (character === '"') {
        this.#doubleQuoted(word, add);
      } else if (character === '\\') {
        if (this.#at + 1 >= text.length) throw new SyntaxProblem('a backslash ends the text', { incomplete: true });
        if (text[this.#at + 1] !== '\n') add(text[this.#at + 1] as string, true);
        this.#at += 2;
      } else if (character === '$' || character === '`') {
        this.#expansion(word, add, false);
      } else {
        add(character, false);
        this.#at++;
      }
    }
    const only = word.length === 1 ? word[0] : undefined;
    return { kind: 'word', word, plain: only?.kind === 'text' && !only.quoted ? only.text : undefined };
  }

  #doubleQuoted(word: Word, add: (part: string, quoted: boolean) => void): void {
    const text = this.#text;
    add('', true); // "" is a word, though empty
    this.#at++;
    while (text[this.#at] !== '"') {
      const character = text[this.#at];
      if (character === undefined) throw new SyntaxProblem('a double quote is not closed', { incomplete: true });
      if (character === '$' || character === '`') {
        this.#expansion(word, add, true);
      } else if (character === '\\' && '$`"\\\n'.includes(text[this.#at + 1] ?? ' ')) {
        if (text[this.#at + 1] !== '\n') add(text[this.#at + 1] as string, true);
        this.#at += 2;
      } else {
        add(character, true);
        this.#at++;
      }
    }
    this.#at++;
  }

  #expansion(word: Word, add: (part: string, quoted: boolean) => void, quoted: boolean): void {
    const text = this.#text;
    const rest = text.slice(this.#at + 1);
    if (text[this.#at] === '`') {
      const end = rest.indexOf('`');
      if (end === -1) throw new SyntaxProblem('a backquote is not closed', { incomplete: true });
      word.push({ kind: 'substitution', list: this.#parseList(rest.slice(0, end), this.#depth + 1), quoted });
      this.#at += end + 2;
    } else if (rest.startsWith('((')) {
      const end = rest.indexOf('))');
      if (end === -1) throw new SyntaxProblem('$(( is not closed', { incomplete: true });
      word.push({ kind: 'arithmetic', expression: rest.slice(2, end) });
      this.#at += end + 3;
    } else if (rest.startsWith('(')) {
      const end = closingParenthesis(rest);
      word.push({ kind: 'substitution', list: this.#parseList(rest.slice(1, end), this.#depth + 1), quoted });
      this.#at += end + 2;
    } else if (rest.startsWith('{')) {
      const end = rest.indexOf('}');
      if (end === -1) throw new SyntaxProblem('${ is not closed', { incomplete: true });
      word.push(bracedVariable(rest.slice(1, end), quoted));
      this.#at += end + 2;
    } else {
      const name = namePattern.exec(rest)?.[0] ?? /^[?$#@*0-9]/.exec(rest)?.[0];
      if (name) word.push({ kind: 'variable', name, quoted, fallback: undefined });
      else add('$', quoted);
      this.#at += 1 + (name?.length ?? 0);
    }
  }
}

function bracedVariable(inner: string, quoted: boolean): WordPart {
  const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*|[?$#@*0-9])(?::?-([\s\S]*))?$/.exec(inner) ?? [];
  if (name === undefined) throw new SyntaxProblem(`\${${inner}}: this expansion is not supported by the emulation`);
  return { kind: 'variable', name, quoted, fallback };
}

/** The index of the parenthesis that closes the one at 0, past quotes and inner parentheses. */
function closingParenthesis(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === "'" || character === '"') at = closingQuote(text, at);
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at;
  }
  throw new SyntaxProblem('$( is not closed', { incomplete: true });
}

function closingQuote(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at++;
    else if (text[at] === quote) return at;
  }
  throw new SyntaxProblem('a quote is not closed', { incomplete: true });
}
