import type { ServerResponse } from 'node:http';
import { checkObject } from '../openapi/checking.ts';
import { modelOfKind } from '../openapi/models.ts';
import { readNulls } from '../openapi/nulls.ts';
import type { SchemaCatalog } from '../openapi/schema-catalog.ts';
import type { ResourceDefinition } from '../resources/definition.ts';
import { badRequest } from '../status.ts';

/** How many unknown fields a message names. */
const namedLimit = 10;

/**
 * Holds an object against its schema: nulls are read as Kubernetes does, wrong types are always refused; unknown fields
 * are refused, warned of or dropped silently by `fieldValidation`.
 *
 * @throws {StatusError} 400
 */
export function validateFields(
  schemas: SchemaCatalog,
  definition: ResourceDefinition,
  object: unknown,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const model = modelOfKind(definition);
  readNulls(schemas, model, object);
  const { typeErrors, unknownFields } = checkObject(schemas, model, object);
  const subject = `${definition.kind} in version "${definition.version}" cannot be handled as a ${definition.kind}`;
  if (typeErrors.length > 0) throw badRequest(`${subject}: json: ${typeErrors[0]}`);
  if (unknownFields.length === 0) return;
  const sentences = unknownFields.slice(0, namedLimit).map(({ path }) => `unknown field "${path}"`);
  switch (query.get('fieldValidation') ?? 'Warn') {
    case 'Strict':
      throw badRequest(`${subject}: strict decoding error: ${sentences.join(', ')}`);
    case 'Warn':
      response.setHeader(
        'warning',
        sentences.map(
          (sentence) => `299 - "${sentence.replaceAll(/[\\"]/g, '\\$&').replaceAll(/[^\x20-\x7e]/g, '?')}"`,
        ),
      );
      break;
    default:
      break;
  }
  // What the schema does not have is not stored, as a typed API server would not.
  for (const { holder, key } of unknownFields) delete holder[key];
}
