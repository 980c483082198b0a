import { SyntaxProblem } from './syntax.ts';

const precedence: Record<string, number> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};
const mostTokens = 1_000;

/**
 * Evaluates the inside of `$((…))`: integers, variables, `+ - * / %`, comparisons, `&& ||`, parentheses.
 *
 * @throws {SyntaxProblem}
 */
export function evaluate(expression: string, variable: (name: string) => string): number {
  const tokens = expression.match(/\s*(\d+|\$?[A-Za-z_]\w*|[<>=!]=|&&|\|\||\S)/g)?.map((token) => token.trim()) ?? [];
  if (tokens.length > mostTokens) throw new SyntaxProblem('arithmetic: the expression is too long');
  let at = 0;

  const operand = (): number => {
    const token = tokens[at++];
    if (token === '(') {
      const value = binary(1);
      if (tokens[at++] !== ')') throw new SyntaxProblem('arithmetic: missing )');
      return value;
    }
    if (token === '-') return -operand();
    if (token === '+') return operand();
    if (token === '!') return operand() === 0 ? 1 : 0;
    if (token && /^\d+$/.test(token)) return Number(token);
    if (token && /^\$?[A-Za-z_]/.test(token)) return Math.trunc(Number(variable(token.replace('$', ''))) || 0);
    throw new SyntaxProblem(`arithmetic: unexpected ${token ?? 'end'}`);
  };

  const binary = (lowest: number): number => {
    let left = operand();
    for (;;) {
      const operator = tokens[at] ?? '';
      const level = Object.hasOwn(precedence, operator) ? (precedence[operator] as number) : 0;
      if (level < lowest) return left;
      at++;
      left = apply(operator, left, binary(level + 1));
    }
  };

  const value = tokens.length === 0 ? 0 : binary(1);
  if (at < tokens.length) throw new SyntaxProblem(`arithmetic: unexpected ${tokens[at]}`);
  return value;
}

function apply(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
    case '%':
      if (right === 0) throw new SyntaxProblem('arithmetic: division by zero');
      return operator === '/' ? Math.trunc(left / right) : left % right;
    case '<':
      return Number(left < right);
    case '<=':
      return Number(left <= right);
    case '>':
      return Number(left > right);
    case '>=':
      return Number(left >= right);
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '&&':
      return Number(left !== 0 && right !== 0);
    default:
      return Number(left !== 0 || right !== 0);
  }
}
