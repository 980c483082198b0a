/** A part of a word, before expansion. */
export type WordPart =
  | { kind: 'text'; text: string; quoted: boolean }
  /** `$NAME`, `${NAME}`, `${NAME:-default}`, `$?`, `$1`, `$#`, `$@` */
  | { kind: 'variable'; name: string; quoted: boolean; fallback: string | undefined }
  /** `$(list)` and backquotes */
  | { kind: 'substitution'; list: List; quoted: boolean }
  /** `$((expression))` */
  | { kind: 'arithmetic'; expression: string };

export type Word = WordPart[];

export interface Redirection {
  descriptor: 0 | 1 | 2;
  /** `copy` is `2>&1`: the target is another descriptor's number. */
  mode: 'read' | 'truncate' | 'append' | 'copy';
  target: Word;
}

export type CommandNode =
  | { kind: 'simple'; assignments: { name: string; value: Word }[]; words: Word[]; redirections: Redirection[] }
  | {
      kind: 'if';
      branches: { condition: List; body: List }[];
      otherwise: List | undefined;
      redirections: Redirection[];
    }
  | { kind: 'loop'; until: boolean; condition: List; body: List; redirections: Redirection[] }
  | { kind: 'for'; name: string; words: Word[]; body: List; redirections: Redirection[] }
  | { kind: 'group'; body: List; subshell: boolean; redirections: Redirection[] };

export interface Pipeline {
  negated: boolean;
  commands: CommandNode[];
}

/** Pipelines joined by `;`, `&&` and `||`; the first one's `after` is `;`. */
export type List = { after: ';' | '&&' | '||'; pipeline: Pipeline }[];

/** What the shell cannot make sense of, or understands and does not offer. */
export class SyntaxProblem extends Error {
  /** The text ended too early: an interactive shell asks for another line. */
  readonly incomplete: boolean;

  constructor(message: string, options: { incomplete?: boolean } = {}) {
    super(message);
    this.name = 'SyntaxProblem';
    this.incomplete = options.incomplete ?? false;
  }
}
