import { isRecord } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { applyConfiguration } from '../patch/server-side-apply.ts';
import { applyStrategicMerge } from '../patch/strategic-merge.ts';
import type { Draft } from '../resources/definition.ts';
import { required } from '../resources/validation.ts';
import { badRequest, invalid } from '../status.ts';
import { type Body, parseJson, parseYaml, unsupportedMediaType } from './body.ts';
import { toDraft } from './write.ts';

export type Patch =
  | { kind: 'json' | 'merge' | 'strategic'; body: unknown }
  | { kind: 'apply'; body: Record<string, unknown> };

const patchTypes = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
} as const;

/**
 * Refuses what makes no sense together: an apply without the name of who applies, or `force` with another patch.
 *
 * @throws {StatusError} 422
 * @see apimachinery/pkg/apis/meta/v1/validation/validation.go, ValidatePatchOptions (v1.33)
 */
export function checkPatchOptions(kind: Patch['kind'], query: URLSearchParams): void {
  if (kind === 'apply') {
    if (query.get('fieldManager')) return;
    throw invalid('PatchOptions', 'meta.k8s.io', '', [required('fieldManager', 'is required for apply patch')]);
  }
  if (query.get('force') === null) return;
  throw invalid('PatchOptions', 'meta.k8s.io', '', [
    {
      reason: 'FieldValueForbidden',
      field: 'force',
      message: 'Forbidden: may not be specified for non-apply patch',
    },
  ]);
}

/** @throws {StatusError} 400, 415 */
export function readPatch({ mediaType, bytes }: Body): Patch {
  const kind = patchTypes[mediaType as keyof typeof patchTypes];
  if (kind === undefined) throw unsupportedMediaType(mediaType, Object.keys(patchTypes));
  if (kind !== 'apply') return { kind, body: parseJson(bytes) };
  const body = parseYaml(bytes);
  if (!isRecord(body)) throw badRequest('error decoding YAML: an applied configuration is an object');
  return { kind, body };
}

/**
 * What a patch makes of an object. Without a resourceVersion of its own it applies to whatever stands there now.
 *
 * @param before what the same field manager applied last; for server-side apply
 * @throws {StatusError} 400, 422
 */
export function patched(current: unknown, patch: Patch, before?: unknown): Draft {
  const bare = withoutVersion(current);
  switch (patch.kind) {
    case 'json':
      return toDraft(applyJsonPatch(bare, patch.body));
    case 'merge':
      return toDraft(applyMergePatch(bare, patch.body));
    case 'strategic':
      return toDraft(structuredClone(applyStrategicMerge(bare, patch.body)));
    case 'apply':
      return toDraft(structuredClone(applyConfiguration(bare, before, patch.body)));
    default:
      return patch satisfies never;
  }
}

function withoutVersion(object: unknown): unknown {
  const { metadata, ...rest } = object as KubeObject;
  const { resourceVersion: _, ...kept } = metadata;
  return { ...rest, metadata: kept };
}
