import { type CommandNode, type List, type Pipeline, type Redirection, SyntaxProblem, type Word } from './syntax.ts';
import { type Token, tokenize } from './tokens.ts';

const closers = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', '}']);
/** How deep compound commands may stand within one another. */
const deepestNesting = 50;
const unsupported = new Set(['case', 'esac', 'function', 'select']);

/**
 * Parses a shell program: a POSIX shell's lists, pipelines, redirections, `if`, `while`, `until`, `for`, groups and
 * expansions; no functions, `case`, background jobs or here-documents.
 *
 * @throws {SyntaxProblem}
 * @see POSIX.1-2024, Shell Command Language, section 2.10
 */
export function parse(text: string, depth = 0): List {
  const parser = new Parser(tokenize(text, depth, parse));
  const list = parser.list(new Set());
  parser.expectEnd();
  return list;
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;
  #nesting = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  expectEnd(): void {
    const token = this.#tokens[this.#at];
    if (token) throw unexpected(token);
  }

  /** A list up to one of the keywords `until`, which is left, or up to what cannot go on a list. */
  list(until: ReadonlySet<string>): List {
    const list: List = [];
    let after: ';' | '&&' | '||' = ';';
    for (;;) {
      this.#skipLines();
      const token = this.#tokens[this.#at];
      if (!token || this.#isKeyword(until) || isOperator(token, ')')) {
        if (after !== ';') throw token ? unexpected(token) : endedEarly();
        return list;
      }
      list.push({ after, pipeline: this.#pipeline() });
      const next = this.#tokens[this.#at];
      if (next?.kind !== 'operator' || next.text === ')') {
        if (next && !isOperator(next, ')') && !this.#isKeyword(until)) throw unexpected(next);
        return list;
      }
      if (next.text === '&') throw new SyntaxProblem('background jobs are not supported by the emulation');
      if (next.text === '&&' || next.text === '||') after = next.text;
      else if (next.text === ';' || next.text === '\n') after = ';';
      else throw unexpected(next);
      this.#at++;
    }
  }

  #pipeline(): Pipeline {
    const negated = this.#takeKeyword('!');
    const commands = [this.#command()];
    while (isOperator(this.#tokens[this.#at], '|')) {
      this.#at++;
      this.#skipLines();
      commands.push(this.#command());
    }
    return { negated, commands };
  }

  #command(): CommandNode {
    if (++this.#nesting > deepestNesting) throw new SyntaxProblem('syntax error: commands are nested too deeply');
    const command = this.#commandWithin();
    this.#nesting--;
    return command;
  }

  #commandWithin(): CommandNode {
    const token = this.#tokens[this.#at];
    if (!token) throw endedEarly();
    if (isOperator(token, '(')) {
      this.#at++;
      const body = this.list(new Set());
      this.#expectOperator(')');
      return { kind: 'group', body, subshell: true, redirections: this.#redirections() };
    }
    const keyword = token.kind === 'word' ? token.plain : undefined;
    if (keyword === undefined) return this.#simple();
    if (closers.has(keyword)) throw unexpected(token);
    if (unsupported.has(keyword)) throw new SyntaxProblem(`"${keyword}" is not supported by the emulation`);
    switch (keyword) {
      case 'if':
        return this.#if();
      case 'while':
      case 'until':
        return this.#loop(keyword === 'until');
      case 'for':
        return this.#for();
      case '{': {
        this.#at++;
        const body = this.#body('}');
        return { kind: 'group', body, subshell: false, redirections: this.#redirections() };
      }
      default:
        return this.#simple();
    }
  }

  #if(): CommandNode {
    const branches: { condition: List; body: List }[] = [];
    do {
      this.#at++; // if, elif
      const condition = this.#body('then');
      branches.push({ condition, body: this.list(new Set(['elif', 'else', 'fi'])) });
    } while (this.#isKeyword(new Set(['elif'])));
    const otherwise = this.#takeKeyword('else') ? this.list(new Set(['fi'])) : undefined;
    this.#expectKeyword('fi');
    return { kind: 'if', branches, otherwise, redirections: this.#redirections() };
  }

  #loop(until: boolean): CommandNode {
    this.#at++;
    const condition = this.#body('do');
    const body = this.#body('done');
    return { kind: 'loop', until, condition, body, redirections: this.#redirections() };
  }

  #for(): CommandNode {
    this.#at++;
    const name = this.#tokens[this.#at++];
    if (!name) throw endedEarly();
    if (name.kind !== 'word' || !/^[A-Za-z_]\w*$/.test(name.plain ?? '')) throw unexpected(name);
    const words: Word[] = [];
    if (this.#takeKeyword('in')) {
      for (let token = this.#tokens[this.#at]; token?.kind === 'word'; token = this.#tokens[++this.#at]) {
        words.push(token.word);
      }
    } else {
      words.push([{ kind: 'variable', name: '@', quoted: true, fallback: undefined }]);
    }
    if (isOperator(this.#tokens[this.#at], ';')) this.#at++;
    this.#skipLines();
    this.#expectKeyword('do');
    const body = this.#body('done');
    return { kind: 'for', name: name.plain as string, words, body, redirections: this.#redirections() };
  }

  /** A list and the keyword that ends it. */
  #body(end: string): List {
    const list = this.list(new Set([end]));
    this.#expectKeyword(end);
    return list;
  }

  #simple(): CommandNode {
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    for (;;) {
      redirections.push(...this.#redirections());
      const token = this.#tokens[this.#at];
      if (token?.kind !== 'word') break;
      const assignment = words.length === 0 ? asAssignment(token.word) : undefined;
      if (assignment) assignments.push(assignment);
      else words.push(token.word);
      this.#at++;
    }
    if (assignments.length + words.length + redirections.length === 0) {
      const token = this.#tokens[this.#at];
      throw token ? unexpected(token) : endedEarly();
    }
    return { kind: 'simple', assignments, words, redirections };
  }

  #redirections(): Redirection[] {
    const redirections: Redirection[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== 'redirection') return redirections;
      const target = this.#tokens[this.#at + 1];
      if (!target) throw endedEarly();
      if (target.kind !== 'word') throw unexpected(target);
      this.#at += 2;
      const descriptor = token.descriptor ?? (token.operator.startsWith('<') ? 0 : 1);
      if (descriptor > 2) throw new SyntaxProblem(`file descriptor ${descriptor} is not supported by the emulation`);
      redirections.push({ descriptor: descriptor as 0 | 1 | 2, mode: modes[token.operator], target: target.word });
    }
  }

  #skipLines(): void {
    while (isOperator(this.#tokens[this.#at], '\n')) this.#at++;
  }

  #isKeyword(keywords: ReadonlySet<string>): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'word' && token.plain !== undefined && keywords.has(token.plain);
  }

  #takeKeyword(keyword: string): boolean {
    const found = this.#isKeyword(new Set([keyword]));
    if (found) this.#at++;
    return found;
  }

  #expectKeyword(keyword: string): void {
    if (this.#takeKeyword(keyword)) return;
    const token = this.#tokens[this.#at];
    throw token ? unexpected(token) : endedEarly();
  }

  #expectOperator(text: string): void {
    const token = this.#tokens[this.#at];
    if (!token) throw endedEarly();
    if (!isOperator(token, text)) throw unexpected(token);
    this.#at++;
  }
}

const modes = { '<': 'read', '>': 'truncate', '>>': 'append', '>&': 'copy', '<&': 'copy' } as const;

function asAssignment(word: Word): { name: string; value: Word } | undefined {
  const first = word[0];
  if (first?.kind !== 'text' || first.quoted) return undefined;
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(first.text);
  if (!match) return undefined;
  const rest = { ...first, text: first.text.slice(match[0].length) };
  return { name: match[1] as string, value: [rest, ...word.slice(1)] };
}

function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text;
}

function unexpected(token: Token): SyntaxProblem {
  const shown =
    token.kind === 'operator' ? token.text : token.kind === 'word' ? (token.plain ?? 'word') : 'redirection';
  return new SyntaxProblem(`syntax error: unexpected "${shown === '\n' ? 'newline' : shown}"`);
}

function endedEarly(): SyntaxProblem {
  return new SyntaxProblem('syntax error: unexpected end of file', { incomplete: true });
}
