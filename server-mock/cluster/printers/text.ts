import { at, listAt, stringMapAt, textAt, textsAt } from '../json.ts';
import { age } from './duration.ts';

export const none = '<none>';

export function orNone(text: string): string {
  return text === '' ? none : text;
}

export function nameOf(object: unknown): string {
  return textAt(object, 'metadata', 'name');
}

export function ageOf(object: unknown, nowMs: number): string {
  return age(at(object, 'metadata', 'creationTimestamp'), nowMs);
}

/** `a=b,c=d` in key order, as `labels.FormatLabels`. */
export function formatLabels(labels: Record<string, string>): string {
  return orNone(
    Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  );
}

/** A `metav1.LabelSelector` as kubectl writes it: `app=web,tier in (a,b)`. */
export function formatLabelSelector(selector: unknown): string {
  const equals = Object.entries(stringMapAt(selector, 'matchLabels'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  const expressions = listAt(selector, 'matchExpressions').map((expression) => {
    const key = textAt(expression, 'key');
    const values = textsAt(expression, 'values').join(',');
    switch (textAt(expression, 'operator')) {
      case 'In':
        return `${key} in (${values})`;
      case 'NotIn':
        return `${key} notin (${values})`;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        return key;
    }
  });
  return orNone([...equals, ...expressions].join(','));
}

/** The containers' names and images, as the wide columns of workloads show them. */
export function containersAndImages(podSpec: unknown): [string, string] {
  const containers = listAt(podSpec, 'containers');
  return [
    containers.map((container) => textAt(container, 'name')).join(','),
    containers.map((container) => textAt(container, 'image')).join(','),
  ];
}
