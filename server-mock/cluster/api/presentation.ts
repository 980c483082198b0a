import { StatusError } from '../status.ts';

/** In which form a client asks for objects. */
export type Presentation =
  | { kind: 'object' }
  | { kind: 'table'; apiVersion: string }
  /** `PartialObjectMetadata`: metadata only. */
  | { kind: 'metadata'; apiVersion: string };

const metaGroup = 'meta.k8s.io';

/**
 * Picks the first form of an Accept header that is served. Protobuf is not, and falls back to JSON where the header
 * names nothing else: every client of Kubernetes can read JSON.
 *
 * @throws {StatusError} 406 where no alternative is JSON or protobuf
 */
export function presentationFor(accept: string | undefined): Presentation {
  const alternatives = (accept || '*/*').split(',').map(parseMediaType);
  for (const { type, parameters } of alternatives) {
    if (!['application/json', 'application/*', '*/*', 'application/yaml'].includes(type)) continue;
    const form = parameters.get('as');
    if (form === undefined) return { kind: 'object' };
    if (parameters.get('g') !== metaGroup) continue;
    const apiVersion = `${metaGroup}/${parameters.get('v') ?? 'v1'}`;
    if (form === 'Table') return { kind: 'table', apiVersion };
    if (form === 'PartialObjectMetadata' || form === 'PartialObjectMetadataList')
      return { kind: 'metadata', apiVersion };
  }
  if (alternatives.some(({ type }) => type === 'application/vnd.kubernetes.protobuf')) return { kind: 'object' };
  throw new StatusError(406, 'NotAcceptable', 'only the following media types are accepted: application/json', {});
}

export function parseMediaType(text: string): { type: string; parameters: Map<string, string> } {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((part) => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals).toLowerCase(), part.slice(equals + 1)] as const;
    }),
  );
  return { type: type.toLowerCase(), parameters };
}
