import type { PosternError } from '../../../proxy-core/contract/errors.ts';
import { ControllerError } from '../errors.ts';
import type { Caller, Devices } from '../identity/devices.ts';
import type { AgentRow } from '../store/agents.ts';

/** Who is at the other end of a connection: only ever from its verified certificate and the store, never from a request. */
export type AcceptedVisitor =
  | { kind: 'anonymous'; sourceAddress: string }
  | { kind: 'device'; caller: Caller }
  | { kind: 'agent'; agent: AgentRow; sourceAddress: string };

/** With those whose certificate does not count, who get nothing but the reason. */
export type Visitor = AcceptedVisitor | { kind: 'refused'; reason: PosternError };

export interface ApiContext {
  visitor: AcceptedVisitor;
}

/** @throws {ControllerError} `POSTERN_SIGNED_OUT`, or why the device may not ask any more */
export function callerOf({ visitor }: ApiContext, devices: Pick<Devices, 'refusal'>): Caller {
  if (visitor.kind !== 'device') {
    throw new ControllerError('POSTERN_SIGNED_OUT', 'the call needs a device certificate', { hint: 'sign in' });
  }
  const refusal = devices.refusal(visitor.caller.device);
  if (refusal) throw refusal;
  return visitor.caller;
}

/** @throws {ControllerError} `POSTERN_NOT_ADMINISTRATOR`, and as {@link callerOf} */
export function administratorOf(context: ApiContext, devices: Pick<Devices, 'refusal' | 'isAdministrator'>): Caller {
  const caller = callerOf(context, devices);
  if (!devices.isAdministrator(caller.device.person)) {
    throw new ControllerError('POSTERN_NOT_ADMINISTRATOR', `${caller.device.person.name} is not an administrator`, {
      hint: 'ask one; they are named in the controller’s configuration',
    });
  }
  return caller;
}

/** @throws {ControllerError} `POSTERN_JOIN_TOKEN_REFUSED` */
export function agentOf({ visitor }: ApiContext): AgentRow {
  if (visitor.kind === 'agent') return visitor.agent;
  throw new ControllerError('POSTERN_JOIN_TOKEN_REFUSED', 'the call needs the present certificate of an agent', {
    hint: 'import the cluster again',
  });
}
