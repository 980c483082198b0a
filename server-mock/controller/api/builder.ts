import { implement } from '@orpc/server';
import { controllerContract } from '../../../proxy-core/contract/controller.ts';
import type { ApiContext } from './context.ts';

/** The contract's builder, bound to what a call knows of its caller. */
export const os = implement(controllerContract).$context<ApiContext>();
