import { at, listAt, textAt } from '../json.ts';
import { columns, type Printer } from './column.ts';
import { ageOf, nameOf } from './text.ts';

export const rolePrinter: Printer = {
  columns: columns('Name', 'Created At'),
  cells: (role) => [nameOf(role), textAt(role, 'metadata', 'creationTimestamp')],
};

export const bindingPrinter: Printer = {
  columns: columns('Name', 'Role', 'Age', '*Users', '*Groups', '*ServiceAccounts'),
  cells(binding, now) {
    const subjects = (kind: string) =>
      listAt(binding, 'subjects').filter((subject) => textAt(subject, 'kind') === kind);
    return [
      nameOf(binding),
      `${textAt(binding, 'roleRef', 'kind')}/${textAt(binding, 'roleRef', 'name')}`,
      ageOf(binding, now),
      subjects('User').map(nameOfSubject).join(', '),
      subjects('Group').map(nameOfSubject).join(', '),
      subjects('ServiceAccount')
        .map((subject) => `${textAt(subject, 'namespace')}/${nameOfSubject(subject)}`)
        .join(', '),
    ];
  },
};

function nameOfSubject(subject: unknown): string {
  return String(at(subject, 'name') ?? '');
}
