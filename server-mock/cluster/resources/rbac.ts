import { applyDefaults, ensureRecord, isRecord, listAt, textAt, textsAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { bindingPrinter, rolePrinter } from '../printers/rbac.ts';
import type { FieldError } from '../status.ts';
import { type Draft, define, type ResourceDefinition } from './definition.ts';
import { immutable, required, unsupported } from './validation.ts';

export const rbacGroup = 'rbac.authorization.k8s.io';
const rbac = { group: rbacGroup, version: 'v1', nameForm: 'path-segment' } as const;

export const rbacResources: readonly ResourceDefinition[] = [
  define({
    ...rbac,
    resource: 'roles',
    singular: 'role',
    kind: 'Role',
    namespaced: true,
    printer: rolePrinter,
    prepare: (draft) => applyDefaults(draft, { rules: [] }),
    validate: (draft) => validateRules(draft, 'Role'),
  }),
  define({
    ...rbac,
    resource: 'clusterroles',
    singular: 'clusterrole',
    kind: 'ClusterRole',
    namespaced: false,
    printer: rolePrinter,
    prepare: (draft) => applyDefaults(draft, { rules: [] }),
    validate: (draft) => validateRules(draft, 'ClusterRole'),
  }),
  define({
    ...rbac,
    resource: 'rolebindings',
    singular: 'rolebinding',
    kind: 'RoleBinding',
    namespaced: true,
    printer: bindingPrinter,
    prepare: prepareBinding,
    validate: (draft, previous) => validateBinding(draft, previous, ['Role', 'ClusterRole']),
  }),
  define({
    ...rbac,
    resource: 'clusterrolebindings',
    singular: 'clusterrolebinding',
    kind: 'ClusterRoleBinding',
    namespaced: false,
    printer: bindingPrinter,
    prepare: prepareBinding,
    validate: (draft, previous) => validateBinding(draft, previous, ['ClusterRole']),
  }),
];

function prepareBinding(draft: Draft): void {
  applyDefaults(ensureRecord(draft, 'roleRef'), { apiGroup: rbacGroup });
  for (const subject of listAt(draft, 'subjects')) {
    if (isRecord(subject) && subject.kind !== 'ServiceAccount') applyDefaults(subject, { apiGroup: rbacGroup });
  }
}

function validateRules(draft: unknown, kind: 'Role' | 'ClusterRole'): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, rule] of listAt(draft, 'rules').entries()) {
    const field = `rules[${index}]`;
    if (textsAt(rule, 'verbs').length === 0)
      errors.push(required(`${field}.verbs`, 'verbs must contain at least one value'));
    if (textsAt(rule, 'nonResourceURLs').length > 0) {
      if (kind === 'Role') {
        errors.push({
          reason: 'FieldValueInvalid',
          field: `${field}.nonResourceURLs`,
          message: `Invalid value: ${JSON.stringify(textsAt(rule, 'nonResourceURLs'))}: namespaced rules cannot apply to non-resource URLs`,
        });
      }
      continue;
    }
    if (textsAt(rule, 'apiGroups').length === 0) {
      errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
    }
    if (textsAt(rule, 'resources').length === 0) {
      errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
    }
  }
  return errors;
}

function validateBinding(draft: Draft, previous: KubeObject | undefined, kinds: string[]): FieldError[] {
  const errors: FieldError[] = [];
  const group = textAt(draft, 'roleRef', 'apiGroup');
  if (group !== rbacGroup) errors.push(unsupported('roleRef.apiGroup', group, [rbacGroup]));
  const kind = textAt(draft, 'roleRef', 'kind');
  if (!kinds.includes(kind)) errors.push(unsupported('roleRef.kind', kind, kinds));
  if (!textAt(draft, 'roleRef', 'name')) errors.push(required('roleRef.name'));
  for (const [index, subject] of listAt(draft, 'subjects').entries()) {
    const field = `subjects[${index}]`;
    const subjectKind = textAt(subject, 'kind');
    const known = ['ServiceAccount', 'User', 'Group'];
    if (!known.includes(subjectKind)) errors.push(unsupported(`${field}.kind`, subjectKind, known));
    if (!textAt(subject, 'name')) errors.push(required(`${field}.name`));
    if (subjectKind === 'ServiceAccount' && !textAt(subject, 'namespace')) errors.push(required(`${field}.namespace`));
  }
  for (const error of immutable(draft, previous, 'roleRef'))
    errors.push({ ...error, message: error.message.replace('field is immutable', 'cannot change roleRef') });
  return errors;
}
