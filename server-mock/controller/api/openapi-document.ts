import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import { controllerContract } from '../../../proxy-core/contract/controller.ts';

/** The OpenAPI document of the controller's API, made from the contract. */
export async function openApiDocument(version: string): Promise<string> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(controllerContract, {
    info: {
      title: 'Postern controller',
      version,
      description:
        'Sign-in, sessions and administration. Who calls is known by the client certificate alone. A failure’s body is { code, message, status, data } with a hint in data.',
    },
  });
  return JSON.stringify(document);
}
