import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, isSeq, parseDocument, type Scalar, visit, YAMLMap, YAMLSeq } from 'yaml';
import { type EntryList, entryLists, markerOf, type NamedEntry, type OwnEntries } from './entries.ts';
import { KubeconfigError } from './errors.ts';

export interface Merged {
  text: string;
  /** False where the text is the one that was given, to the byte. */
  changed: boolean;
  /** Contexts left out because an entry of that name is not ours. */
  skipped: string[];
  /** True where the text that was given held entries of others and none of ours. */
  wasForeign: boolean;
}

/**
 * Puts our entries into a kubeconfig, and takes out those of ours that are no longer wanted. Nothing else changes:
 * comments, order, quoting and unknown fields stay, as do `current-context` and a namespace that the person set on one of
 * our contexts.
 *
 * @param text the file as it is; empty for a new one
 * @param wanted our entries; none of ours stay with `noEntries`
 * @param installation tells our entries from another Postern's
 * @throws {KubeconfigError} `POSTERN_KUBECONFIG_UNREADABLE` where the text is not a kubeconfig
 */
export function mergeEntries(text: string, wanted: OwnEntries, installation: string, path: string): Merged {
  const document = parse(text, path);
  const root = rootOf(document, path);
  const others = new Set<string>();
  let changed = text.trim() === '';
  let own = 0;
  let foreign = 0;
  const lists = (Object.keys(entryLists) as EntryList[]).map((list) => {
    const sequence = sequenceOf(root, list, path);
    const entries = (sequence?.items ?? []).filter(isMap).map((item) => readEntry(document, item, list, path));
    for (const entry of entries) {
      if (markerOf(entry.content, installation)) own++;
      else {
        foreign++;
        others.add(`${list}/${entry.name}`);
      }
    }
    return { list, sequence, entries };
  });

  const skipped = wanted.contexts.filter((context) => isTaken(context, others)).map(({ name }) => name);
  for (const { list, sequence, entries } of lists) {
    const missing = new Map(
      wanted[list]
        .filter(({ name }) => !skipped.includes(name) && !others.has(`${list}/${name}`))
        .map((entry) => [entry.name, entry]),
    );
    for (const { item, name, content } of entries) {
      const marker = markerOf(content, installation);
      if (!marker) continue;
      const next = missing.get(name);
      missing.delete(name);
      if (next === undefined) {
        sequence?.items.splice(sequence.items.indexOf(item), 1);
        changed = true;
        continue;
      }
      const kept = list === 'contexts' ? withOwnNamespace(next.content, content, marker.namespace) : next.content;
      if (isDeepStrictEqual(kept, content)) continue;
      item.set(entryLists[list], document.createNode(kept));
      changed = true;
    }
    if (missing.size > 0) {
      const target = sequence ?? newSequence(document, root, list);
      // `clusters: []` is how an empty list is written; a block list reads better once there is something in it.
      if (target.items.length === 0) target.flow = root.flow ?? false;
      for (const entry of missing.values()) target.add(newItem(document, list, entry));
      changed = true;
    } else if (sequence?.items.length === 0) sequence.flow = true;
  }
  return {
    text: changed ? print(document, root, text) : text,
    changed,
    skipped,
    wasForeign: foreign > 0 && own === 0,
  };
}

/**
 * `failsafe`: every scalar is text and is written back as it was read. The core schema would turn an unquoted `0123` into
 * `123` and a long number into a rounded one.
 */
function parse(text: string, path: string): Document {
  let document: Document;
  try {
    document = parseDocument(text.trim() === '' ? newKubeconfig : text, { schema: 'failsafe' });
  } catch (cause) {
    throw unreadable(path, (cause as Error).message, cause);
  }
  const problem = document.errors[0];
  if (problem) throw unreadable(path, problem.message.split('\n')[0]?.replace(/:$/, '') ?? 'not YAML', problem);
  return document;
}

const newKubeconfig = `# Written by Postern. Its entries come and go with what you may reach; your own additions stay.
apiVersion: v1
kind: Config
clusters: []
users: []
contexts: []
`;

function rootOf(document: Document, path: string): YAMLMap {
  if (document.contents === null || isEmptyScalar(document.contents)) {
    const comment = document.commentBefore;
    document.contents = parseDocument(newKubeconfig, { schema: 'failsafe' }).contents;
    document.commentBefore = comment;
  }
  if (!isMap(document.contents)) throw unreadable(path, 'it is not a mapping');
  return document.contents;
}

function sequenceOf(root: YAMLMap, list: EntryList, path: string): YAMLSeq | undefined {
  const value = root.get(list, true);
  if (value === undefined || isEmptyScalar(value)) return undefined;
  if (!isSeq(value)) throw unreadable(path, `"${list}" is not a list`);
  return value;
}

function isEmptyScalar(value: unknown): boolean {
  return isScalar(value) && ['', 'null', 'Null', 'NULL', '~'].includes(String(value.value ?? ''));
}

function readEntry(document: Document, item: YAMLMap, list: EntryList, path: string) {
  try {
    const { name, [entryLists[list]]: content } = item.toJS(document) as Record<string, unknown>;
    return { item, name: String(name), content };
  } catch (cause) {
    // Aliases are followed only here: there may be no such anchor, or so many that they stand for an attack.
    throw unreadable(path, (cause as Error).message, cause);
  }
}

/** A context needs its cluster and its user; where another's entry stands in the way of one, it is left out whole. */
function isTaken({ name, content }: NamedEntry, others: Set<string>): boolean {
  return (
    others.has(`contexts/${name}`) ||
    others.has(`clusters/${String(content.cluster)}`) ||
    others.has(`users/${String(content.user)}`)
  );
}

/** Keeps the namespace that the person set on one of our contexts (`kubectl config set-context --current --namespace`). */
function withOwnNamespace(next: Record<string, unknown>, present: unknown, written: string | undefined) {
  const { namespace } = present as { namespace?: string };
  if ((namespace ?? '') === (written ?? '')) return next;
  const { namespace: _, ...rest } = next;
  return namespace ? { ...rest, namespace } : rest;
}

function newSequence(document: Document, root: YAMLMap, list: EntryList): YAMLSeq {
  const sequence = new YAMLSeq(document.schema);
  root.set(list, sequence);
  return sequence;
}

function newItem(document: Document, list: EntryList, { name, content }: NamedEntry): YAMLMap {
  const item = new YAMLMap(document.schema);
  item.add(document.createPair('name', name));
  item.add(document.createPair(entryLists[list], content));
  return item;
}

function print(document: Document, root: YAMLMap, before: string): string {
  visit(document, {
    Scalar(_key, scalar) {
      if (isNew(scalar) && (root.flow || !isPlain(String(scalar.value)))) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({
    lineWidth: 0,
    // kubectl writes its lists without indentation; a file that indents them keeps doing so.
    indentSeq: /^(clusters|users|contexts):[^\S\n]*\n(\s*#.*\n)*[^\S\n]+- /m.test(before),
    flowCollectionPadding: false,
  });
  // The YAML library reads every line end as \n and writes it so.
  return /^[^\n]*\r\n/.test(before) ? text.replace(/\r?\n/g, '\r\n') : text;
}

function isNew(scalar: Scalar): boolean {
  return scalar.range === undefined || scalar.range === null;
}

/** Text that no YAML reader takes for a number, a boolean or null. */
function isPlain(value: string): boolean {
  return (
    /^[A-Za-z][A-Za-z0-9/:._+=-]*[A-Za-z0-9=]$/.test(value) && !/^(true|false|null|yes|no|on|off|nan|inf)$/i.test(value)
  );
}

function unreadable(path: string, why: string, cause?: unknown): KubeconfigError {
  return new KubeconfigError('POSTERN_KUBECONFIG_UNREADABLE', `${path} is not a kubeconfig: ${why}`, {
    cause,
    hint: `correct ${path}, or move it away; Postern left it as it is`,
  });
}
