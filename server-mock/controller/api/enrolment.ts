import { type EnrolmentDependencies, joinAgent, renewAgent } from '../identity/agent-enrolment.ts';
import { exchangeIdToken, type SignInDependencies } from '../identity/sign-in.ts';
import { os } from './builder.ts';
import { agentOf } from './context.ts';

export interface EnrolmentApiDependencies {
  signIn: SignInDependencies;
  enrolment: EnrolmentDependencies;
  replicas: () => string[];
}

/** Where devices and agents get their certificates. */
export function enrolmentApi({ signIn, enrolment, replicas }: EnrolmentApiDependencies) {
  return {
    signIn: {
      exchange: os.signIn.exchange.handler(({ input }) => exchangeIdToken(input, signIn)),
    },
    agents: {
      join: os.agents.join.handler(async ({ input }) => ({
        ...(await joinAgent(input, enrolment)),
        replicas: replicas(),
      })),
      renew: os.agents.renew.handler(async ({ input, context }) => ({
        ...(await renewAgent(agentOf(context), input.certificateRequest, enrolment)),
        replicas: replicas(),
      })),
    },
  };
}
