/**
 * Columns two spaces apart, as kubectl prints them.
 *
 * @param columns the terminal's width; the last column is cut to fit. Without it nothing is cut, nor at the 0 of a
 *   terminal that was never told its size
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[], columns?: number): string {
  const printable = rows.map((row) => row.map(oneLine));
  const widths = header.map((title, at) => Math.max(title.length, ...printable.map((row) => row[at]?.length ?? 0)));
  return [header, ...printable]
    .map((row) => cut(row.map((cell, at) => pad(cell, widths, at)).join('  '), columns))
    .join('');
}

/** Names and values, the values in one column. */
export function fields(entries: readonly (readonly [string, string | null | undefined])[]): string {
  const shown = entries.filter((entry): entry is readonly [string, string] => entry[1] != null);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}\n`).join('');
}

function pad(cell: string, widths: readonly number[], at: number): string {
  return at === widths.length - 1 ? cell : cell.padEnd(widths[at] ?? 0);
}

function cut(line: string, columns: number | undefined): string {
  const text = line.trimEnd();
  return `${columns && text.length > columns ? `${text.slice(0, Math.max(1, columns - 1))}…` : text}\n`;
}

/** What others wrote (a command line, a reason) must not move the cursor or colour the terminal. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** As {@link oneLine}, for a sentence about a file, which may have several lines. */
export function printable(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}
