import type { InferContractRouterOutputs } from '@orpc/contract';
import type { adminContract } from '../../../proxy-core/contract/controller.ts';

export type AdminResult<Procedure extends keyof typeof adminContract> = InferContractRouterOutputs<
  typeof adminContract
>[Procedure];
