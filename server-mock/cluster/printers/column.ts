/** `metav1.TableColumnDefinition`. Priority 1 columns are shown by `-o wide` only. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'boolean';
  format: '' | 'name';
  description: string;
  priority: 0 | 1;
}

export type Cell = string | number | boolean | null;

/** How a resource is shown as a Table: the server-side printing of kube-apiserver. */
export interface Printer {
  columns: readonly Column[];
  cells(object: unknown, nowMs: number): Cell[];
}

/**
 * Reads column headings as they are listed: `Name` is the object's name, a leading `*` marks a wide column, a leading
 * `#` an integer one.
 */
export function columns(...headings: string[]): Column[] {
  return headings.map((heading) => {
    const wide = heading.startsWith('*');
    const bare = wide ? heading.slice(1) : heading;
    const integer = bare.startsWith('#');
    const name = integer ? bare.slice(1) : bare;
    return {
      name,
      type: integer ? 'integer' : 'string',
      format: name === 'Name' ? 'name' : '',
      description: name === 'Name' ? 'Name must be unique within a namespace.' : name,
      priority: wide ? 1 : 0,
    };
  });
}
