import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../json.ts';
import { badRequest, StatusError } from '../status.ts';

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** How many operations one patch may have, as in kube-apiserver. */
const operationLimit = 10_000;
/** How much all `copy` operations of one patch may add, as in kube-apiserver: each can double what is there. */
const copyLimitBytes = 3 * 1024 * 1024;

/**
 * Applies an RFC 6902 patch to a copy.
 *
 * @throws {StatusError} 400 for a patch that is none, 422 for one that cannot be applied
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every(isOperation))
    throw badRequest('error decoding patch: not a list of operations');
  if (patch.length > operationLimit) {
    throw new StatusError(
      413,
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${operationLimit}, got ${patch.length}`,
    );
  }
  let result = structuredClone(document);
  let copiedBytes = 0;
  for (const operation of patch) {
    if (operation.op === 'copy') {
      copiedBytes += JSON.stringify(read(result, operation.from ?? ''))?.length ?? 0;
      if (copiedBytes > copyLimitBytes) throw cannotApply(`its copies are larger than ${copyLimitBytes} bytes`);
    }
    result = applyOperation(result, operation);
  }
  return result;
}

function isOperation(value: unknown): value is Operation {
  return isRecord(value) && typeof value.op === 'string' && typeof value.path === 'string';
}

function applyOperation(document: unknown, { op, path, from, value }: Operation): unknown {
  switch (op) {
    case 'add':
      return place(document, path, structuredClone(value));
    case 'remove':
      return take(document, path).rest;
    case 'replace': {
      if (path === '') return structuredClone(value);
      const { rest } = take(document, path);
      return place(rest, path, structuredClone(value));
    }
    case 'move': {
      const { rest, taken } = take(document, from ?? '');
      return place(rest, path, taken);
    }
    case 'copy':
      return place(document, path, structuredClone(read(document, from ?? '')));
    case 'test':
      if (isDeepStrictEqual(read(document, path), value)) return document;
      throw cannotApply(`testing value ${path} failed`);
    default:
      throw badRequest(`Unexpected kind: ${op}`);
  }
}

function steps(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw cannotApply(`"${pointer}" is not a JSON pointer`);
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function parentOf(document: unknown, pointer: string): { parent: unknown; last: string } {
  const path = steps(pointer);
  const last = path.pop();
  if (last === undefined) throw cannotApply('the whole document cannot be moved or removed');
  let parent = document;
  for (const step of path) parent = child(parent, step, pointer);
  return { parent, last };
}

function child(value: unknown, step: string, pointer: string): unknown {
  if (Array.isArray(value)) return value[indexIn(value, step, value.length - 1, pointer)];
  if (isRecord(value) && Object.hasOwn(value, step)) return value[step];
  throw cannotApply(`path not found: ${pointer}`);
}

function indexIn(list: unknown[], step: string, highest: number, pointer: string): number {
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : -1;
  if (index < 0 || index > highest) throw cannotApply(`index out of range in a list of ${list.length}: ${pointer}`);
  return index;
}

function read(document: unknown, pointer: string): unknown {
  let value = document;
  for (const step of steps(pointer)) value = child(value, step, pointer);
  return value;
}

function place(document: unknown, pointer: string, value: unknown): unknown {
  if (pointer === '') return value;
  const { parent, last } = parentOf(document, pointer);
  if (Array.isArray(parent)) {
    parent.splice(last === '-' ? parent.length : indexIn(parent, last, parent.length, pointer), 0, value);
  } else if (isRecord(parent)) {
    setOwn(parent, last, value);
  } else {
    throw cannotApply(`path not found: ${pointer}`);
  }
  return document;
}

function take(document: unknown, pointer: string): { rest: unknown; taken: unknown } {
  const { parent, last } = parentOf(document, pointer);
  if (Array.isArray(parent)) {
    const [taken] = parent.splice(indexIn(parent, last, parent.length - 1, pointer), 1);
    return { rest: document, taken };
  }
  if (!isRecord(parent) || !Object.hasOwn(parent, last)) throw cannotApply(`path not found: ${pointer}`);
  const taken = parent[last];
  delete parent[last];
  return { rest: document, taken };
}

/** Plain assignment to `__proto__` would change the record's prototype instead of a field. */
function setOwn(record: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}

function cannotApply(why: string): StatusError {
  return new StatusError(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`, {});
}
