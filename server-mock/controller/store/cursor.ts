import { ControllerError } from '../errors.ts';

/** Where a page ended: the sort key of its last row. */
export interface Cursor {
  at: string;
  id: string;
}

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.at, cursor.id])).toString('base64url');
}

/** @throws {ControllerError} `POSTERN_INPUT_INVALID` for anything that {@link writeCursor} did not make */
export function readCursor(text: string): Cursor {
  try {
    const [at, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    if (typeof at === 'string' && typeof id === 'string') return { at, id };
  } catch {
    // Falls through to the one refusal below.
  }
  throw new ControllerError('POSTERN_INPUT_INVALID', 'cursor: is not one that a page gave');
}

/** Cuts the row that was read beyond the page, and says where the next one begins. */
export function pageOf<Row>(
  rows: Row[],
  limit: number,
  keyOf: (row: Row) => Cursor,
): { rows: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last ? writeCursor(keyOf(last)) : null };
}
