import type * as http from 'node:http';
import { SmartCoercionPlugin } from '@orpc/json-schema';
import { OpenAPIHandler } from '@orpc/openapi/node';
import { ORPCError, ValidationError } from '@orpc/server';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import type { Logger } from 'pino';
import { PosternError, toWireError, type WireError } from '../../../proxy-core/contract/errors.ts';
import { ControllerError } from '../errors.ts';
import { httpStatus } from '../http-status.ts';
import { readJsonBody } from './body.ts';
import type { AcceptedVisitor, ApiContext } from './context.ts';
import { type ApiDependencies, apiRouter } from './router.ts';

export interface ApiServerDependencies extends ApiDependencies {
  logger: Logger;
}

/** Answers whether the request was one of the API's. */
export type ApiHandler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  visitor: AcceptedVisitor,
) => Promise<boolean>;

/**
 * A policy file is the largest thing that anybody sends; JSON may double it. Only administrators have one to send: of others,
 * who may open as many streams as a tunnel has and never finish, each such body would be memory for the asking.
 */
const maxBodyBytes = { everybody: 128 * 1024, administrator: 9 * 1024 * 1024 };

/**
 * The contract over HTTP and JSON, on the listener and inside tunnels alike. A failure's body is
 * `{ defined, code, status, message, data }` with the whole `WireError` in `data`.
 */
export function apiHandler(dependencies: ApiServerDependencies): ApiHandler {
  const { logger, devices } = dependencies;
  const maxBytesOf = (visitor: AcceptedVisitor) =>
    visitor.kind === 'device' && devices.isAdministrator(visitor.caller.device.person)
      ? maxBodyBytes.administrator
      : maxBodyBytes.everybody;
  const handler = new OpenAPIHandler<ApiContext>(apiRouter(dependencies), {
    plugins: [new SmartCoercionPlugin({ schemaConverters: [new ZodToJsonSchemaConverter()] })],
    clientInterceptors: [
      async ({ next }) => {
        try {
          return await next();
        } catch (error) {
          throw apiError(error, logger);
        }
      },
    ],
  });
  return async (request, response, visitor) => {
    try {
      const body = await readJsonBody(request, maxBytesOf(visitor));
      // Where the handler looks for what was read before it.
      if (body !== undefined) Object.assign(request, { body });
      const { matched } = await handler.handle(request, response, { context: { visitor } });
      return matched;
    } catch (error) {
      answerError(response, apiError(error, logger));
      return true;
    }
  };
}

/** Answers outside the contract's procedures in the same form. */
export function answerError(response: http.ServerResponse, error: ORPCError<string, unknown>): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(error.toJSON());
  // What is left of the request is not read: the connection cannot serve another.
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
}

export function apiError(error: unknown, logger: Pick<Logger, 'error'>): ORPCError<string, WireError> {
  const known = knownError(error);
  if (!known) logger.error({ err: error }, 'an API call failed');
  const wire: WireError = known
    ? toWireError(known)
    : { code: 'POSTERN_INTERNAL', message: 'the controller failed at the call; its log has the details' };
  return new ORPCError(wire.code, { status: httpStatus(wire.code), message: wire.message, data: wire });
}

function knownError(error: unknown): PosternError | undefined {
  if (error instanceof PosternError) return error;
  if (error instanceof ORPCError && error.cause instanceof ValidationError && error.status === 400) {
    const problems = error.cause.issues.map(({ path, message }) => {
      const field = (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
      return field === '' ? message : `${field}: ${message}`;
    });
    return new ControllerError('POSTERN_INPUT_INVALID', problems.slice(0, 10).join('; '));
  }
  if (error instanceof ORPCError && error.status >= 400 && error.status < 500) {
    return new ControllerError('POSTERN_INPUT_INVALID', error.message);
  }
  return undefined;
}
