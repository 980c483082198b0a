import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** `metav1.Status`, the body of every refusal. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, string>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** Thrown anywhere while a request is served; becomes the response. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = 'StatusError';
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details ? { details } : {}),
      code,
    };
  }
}

interface ResourceName {
  /** Plural, as in a path. */
  resource: string;
  group: string;
}

/** `pods`, `deployments.apps`: how messages write a resource (`schema.GroupResource.String`). */
export function qualified({ resource, group }: ResourceName): string {
  return group === '' ? resource : `${resource}.${group}`;
}

// The wording below follows apimachinery/pkg/api/errors/errors.go (v1.33).

export function notFound(of: ResourceName, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(of)} "${name}" not found`, {
    name,
    ...(of.group ? { group: of.group } : {}),
    kind: of.resource,
  });
}

export function alreadyExists(of: ResourceName, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualified(of)} "${name}" already exists`, {
    name,
    ...(of.group ? { group: of.group } : {}),
    kind: of.resource,
  });
}

export function conflict(of: ResourceName, name: string, why: string): StatusError {
  return new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`, {
    name,
    ...(of.group ? { group: of.group } : {}),
    kind: of.resource,
  });
}

export const objectModified =
  'the object has been modified; please apply your changes to the latest version and try again';

export interface FieldError {
  /** `FieldValueRequired`, `FieldValueInvalid`, … */
  reason: string;
  field: string;
  /** `Required value: name or generateName is required` */
  message: string;
}

export function invalid(kind: string, group: string, name: string, errors: FieldError[]): StatusError {
  const shown = errors.map(({ field, message }) => `${field}: ${message}`);
  const list = shown.length === 1 ? shown[0] : `[${shown.join(', ')}]`;
  const qualifiedKind = group === '' ? kind : `${kind}.${group}`;
  return new StatusError(422, 'Invalid', `${qualifiedKind} "${name}" is invalid: ${list}`, {
    name,
    ...(group ? { group } : {}),
    kind,
    causes: errors,
  });
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

export function expired(message = 'The resourceVersion for the provided watch is too old.'): StatusError {
  return new StatusError(410, 'Expired', message);
}

export function pathNotFound(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function toStatus(error: unknown): Status {
  if (error instanceof StatusError) return error.status;
  const message = error instanceof Error ? error.message : String(error);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }).status;
}

/** Answers with the error's Status; cuts the connection where an answer has already begun. */
export function respondWithError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = toStatus(error);
  const body = JSON.stringify(status);
  response.writeHead(status.code, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-cache, private',
    ...(status.details?.retryAfterSeconds ? { 'retry-after': String(status.details.retryAfterSeconds) } : {}),
  });
  response.end(body);
}

const reasonPhrases: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Refuses an upgrade on its raw socket, in HTTP/1.1, with a Status body, and closes the connection. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  if (socket.destroyed) return;
  const status = toStatus(error);
  const body = JSON.stringify(status);
  socket.end(
    `HTTP/1.1 ${status.code} ${reasonPhrases[status.code] ?? 'Refused'}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\ncache-control: no-cache, private\r\nconnection: close\r\n\r\n${body}`,
  );
}
