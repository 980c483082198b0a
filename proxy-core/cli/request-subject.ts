import type { AuditEvent } from '../contract/sessions.ts';

/** What a request was about, in a word or two: `pods/log default/web-1`, or the path of a non-resource request. */
export function requestSubject({
  resource,
  subresource,
  namespace,
  name,
  path,
}: Pick<AuditEvent, 'resource' | 'subresource' | 'namespace' | 'name' | 'path'>): string {
  if (resource === '') return path;
  const kind = subresource === '' ? resource : `${resource}/${subresource}`;
  // Kubernetes counts a namespace as lying in itself.
  const place = (resource === 'namespaces' ? [name] : [namespace, name]).filter((part) => part !== '').join('/');
  return place === '' ? kind : `${kind} ${place}`;
}
