import { messageTable } from './message-table.ts';

/** How one field of a message is read. */
export interface MessageField {
  name: string;
  shape: 'one' | 'list' | 'map';
  /** `string`, `int`, `bool`, `bytes`, `double`, or a message's name. */
  type: string;
}

export type MessageFields = ReadonlyMap<number, MessageField>;

const parsed = new Map<string, MessageFields>();

/**
 * The fields of a message by their numbers. The table writes them as
 * `1 metadata meta.ObjectMeta, 2 spec core.v1.PodSpec`.
 */
export function messageFields(name: string): MessageFields | undefined {
  let fields = parsed.get(name);
  const text = messageTable[name];
  if (!fields && text !== undefined) {
    fields = new Map(text === '' ? [] : text.split(', ').map(readField));
    parsed.set(name, fields);
  }
  return fields;
}

function readField(text: string): [number, MessageField] {
  const [number = '', name = '', form = ''] = text.split(' ');
  const colon = form.indexOf(':');
  const shape = colon === -1 ? 'one' : (form.slice(0, colon) as 'list' | 'map');
  return [Number(number), { name, shape, type: form.slice(colon + 1) }];
}

/** The message of a kind: `core.v1.Pod`. Options of every group are meta's. */
export function messageOfKind(apiVersion: string, kind: string): string {
  if (kind === 'DeleteOptions') return 'meta.DeleteOptions';
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  return `${(group ?? '').split('.')[0]}.${version}.${kind}`;
}
