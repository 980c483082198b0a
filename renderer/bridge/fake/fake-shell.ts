const esc = '\u001b[';
const pods = [
  ['checkout-7d9c6b5f4-x2x8k', '1/1', 'Running', '0', '6d4h'],
  ['checkout-7d9c6b5f4-zq7lm', '1/1', 'Running', '2 (3h ago)', '6d4h'],
  ['payments-0', '1/1', 'Running', '0', '12d'],
  ['catalogue-5b8f7c9d66-4kq2p', '0/1', 'CrashLoopBackOff', '41 (88s ago)', '3h11m'],
  ['frontend-6c7d8f9b55-hj4vw', '1/1', 'Running', '0', '2d'],
];

/** A line editor with a few answers, enough to see a terminal at work. */
export class FakeShell {
  output = '';
  readonly #prompt: string;
  readonly #emit: (data: string) => void;
  readonly #exit: (code: number) => void;
  #line = '';

  constructor(context: string, emit: (data: string) => void, exit: (code: number) => void) {
    this.#prompt = `${esc}32m${context}${esc}0m ${esc}34m~/shop${esc}0m $ `;
    this.#emit = emit;
    this.#exit = exit;
    this.#print(this.#prompt);
  }

  /** Types a line as if a person had. */
  run(line: string): void {
    this.write(`${line}\r`);
  }

  write(data: string): void {
    for (const key of data) {
      if (key === '\r') this.#enter();
      else if (key === '\u007f') this.#backspace();
      else if (key === '\u0003') this.#interrupt();
      else if (key >= ' ') {
        this.#line += key;
        this.#print(key);
      }
    }
  }

  #enter(): void {
    const line = this.#line.trim();
    this.#line = '';
    this.#print('\r\n');
    if (line === 'exit' || line.startsWith('exit ')) {
      this.#exit(Number(line.split(' ')[1] ?? 0));
      return;
    }
    this.#print(`${this.#answer(line)}${this.#prompt}`);
  }

  #backspace(): void {
    if (!this.#line) return;
    this.#line = this.#line.slice(0, -1);
    this.#print('\b \b');
  }

  #interrupt(): void {
    this.#line = '';
    this.#print(`^C\r\n${this.#prompt}`);
  }

  #answer(line: string): string {
    if (!line) return '';
    if (/^kubectl get (pods|po)\b/.test(line)) {
      const rows = [['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'], ...pods];
      return rows
        .map(
          (row) =>
            `${row
              .map((cell, column) => cell.padEnd([30, 8, 19, 15, 8][column]!))
              .join('')
              .trimEnd()}\r\n`,
        )
        .join('');
    }
    if (line.startsWith('kubectl delete')) {
      return `Error from server (Forbidden): no grant of alice@acme.example allows "delete" on "pods" in cluster "prod"; grant "platform-admin" (role admin) would\r\n`;
    }
    if (line.startsWith('kubectl')) return 'No resources found in shop namespace.\r\n';
    return `sh: ${line.split(' ')[0]}: command not found\r\n`;
  }

  #print(data: string): void {
    this.output += data;
    this.#emit(data);
  }
}
