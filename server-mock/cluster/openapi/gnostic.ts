import { isRecord } from '../json.ts';
import { MessageWriter } from '../protobuf/wire.ts';

type Json = Record<string, unknown>;

/** The media type under which kubectl asks for OpenAPI version 2; JSON is not good enough for it. */
export const askedOpenApiV2 = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** The one it is answered under: an `@` has no place in a media type. */
export const servedOpenApiV2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const methodNumbers = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

/**
 * Writes an OpenAPI version 2 document in gnostic's protobuf form, as far as our documents use the format.
 *
 * @see https://github.com/google/gnostic/blob/main/openapiv2/OpenAPIv2.proto
 */
export function encodeOpenApiV2(document: Json): Buffer {
  const info = record(document.info);
  const paths = new MessageWriter();
  for (const [name, item] of Object.entries(record(document.paths))) {
    paths.message(2, named(name, pathItem(record(item))));
  }
  const definitions = new MessageWriter();
  for (const [name, definition] of Object.entries(record(document.definitions))) {
    definitions.message(1, named(name, schema(record(definition))));
  }
  return new MessageWriter()
    .text(1, text(document.swagger))
    .message(2, new MessageWriter().text(1, text(info.title)).text(2, text(info.version)))
    .message(8, paths)
    .message(9, definitions)
    .finish();
}

function named(name: string, value: MessageWriter): MessageWriter {
  return new MessageWriter().text(1, name).message(2, value);
}

function pathItem(item: Json): MessageWriter {
  const writer = new MessageWriter();
  for (const [method, number] of Object.entries(methodNumbers)) {
    if (isRecord(item[method])) writer.message(number, operation(item[method]));
  }
  for (const parameter of list(item.parameters)) writer.message(9, parameterItem(record(parameter)));
  return writer;
}

function operation(value: Json): MessageWriter {
  const writer = new MessageWriter().text(5, text(value.operationId));
  for (const parameter of list(value.parameters)) writer.message(8, parameterItem(record(parameter)));
  const responses = new MessageWriter();
  for (const [code, response] of Object.entries(record(value.responses))) {
    const { description, schema: body } = record(response);
    const written = new MessageWriter().text(1, text(description));
    if (isRecord(body)) written.message(2, new MessageWriter().message(1, schema(body)));
    responses.message(1, named(code, new MessageWriter().message(1, written)));
  }
  writer.message(9, responses);
  return extensions(writer, 13, value);
}

/** A ParametersItem around a Parameter around a body, query or path parameter. */
function parameterItem(value: Json): MessageWriter {
  const wrap = (number: number, inner: MessageWriter) => new MessageWriter().message(number, inner);
  if (value.in === 'body') {
    const body = new MessageWriter()
      .text(2, text(value.name))
      .text(3, 'body')
      .flag(4, value.required === true)
      .message(5, schema(record(value.schema)));
    return wrap(1, wrap(1, body));
  }
  const required = value.required === true;
  const path = value.in === 'path';
  const subSchema = new MessageWriter().flag(1, required).text(2, text(value.in)).text(4, text(value.name));
  // A query parameter has `allowEmptyValue` before its type, a path parameter does not.
  subSchema.text(path ? 5 : 6, text(value.type));
  return wrap(1, wrap(2, wrap(path ? 4 : 3, subSchema)));
}

function schema(value: Json): MessageWriter {
  const writer = new MessageWriter()
    .text(1, text(value.$ref))
    .text(2, text(value.format))
    .text(4, text(value.description));
  for (const field of list(value.required)) writer.text(19, text(field));
  if (isRecord(value.additionalProperties)) {
    writer.message(21, new MessageWriter().message(1, schema(value.additionalProperties)));
  }
  if (value.type) writer.message(22, new MessageWriter().text(1, text(value.type)));
  if (isRecord(value.items)) writer.message(23, new MessageWriter().message(1, schema(value.items)));
  if (isRecord(value.properties)) {
    const properties = new MessageWriter();
    for (const [name, property] of Object.entries(value.properties)) {
      properties.message(1, named(name, schema(record(property))));
    }
    writer.message(25, properties);
  }
  return extensions(writer, 31, value);
}

/** `x-…` fields, each as YAML, of which JSON is a part. */
function extensions(writer: MessageWriter, number: number, value: Json): MessageWriter {
  for (const [name, extension] of Object.entries(value)) {
    if (!name.startsWith('x-')) continue;
    writer.message(number, named(name, new MessageWriter().text(2, `${JSON.stringify(extension)}\n`)));
  }
  return writer;
}

function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
