import { pino } from 'pino';
import { startDemo } from '../../server-mock/demo/index.ts';
import { samplePeople } from '../../server-mock/idp/people.ts';
import { startKubernetes } from '../kubernetes/envtest.ts';
import { startSmallOrganisation } from './small-organisation.ts';

const silent = pino({ level: 'silent' });

export interface Organisation {
  controllerUrl: string;
  close(): Promise<void>;
}

/** The two kinds of Kubernetes API behind which the same suite must hold. */
export type Backing = 'emulated cluster' | 'kube-apiserver';

export const backings: Backing[] = process.env.KUBEBUILDER_ASSETS
  ? ['emulated cluster', 'kube-apiserver']
  : ['emulated cluster'];
if (!process.env.KUBEBUILDER_ASSETS)
  console.info('KUBEBUILDER_ASSETS is not set: the suite runs against the emulated cluster only.');

export const [alice, bob, carol] = samplePeople as [Person, Person, Person];
type Person = (typeof samplePeople)[number];

/** The sample organisation. With a real kube-apiserver only the cluster `dev` has an agent. */
export async function startOrganisation(backing: Backing): Promise<Organisation> {
  if (backing === 'emulated cluster') {
    const demo = await startDemo({ logger: silent });
    return { controllerUrl: demo.controller, close: () => demo.close() };
  }
  return startWithKubernetes();
}

async function startWithKubernetes(): Promise<Organisation> {
  const kubernetes = await startKubernetes();
  try {
    const organisation = await startSmallOrganisation({ kubeconfig: kubernetes.kubeconfig });
    return {
      controllerUrl: organisation.controllerUrl,
      async close() {
        await organisation.close();
        await kubernetes.close();
      },
    };
  } catch (error) {
    await kubernetes.close();
    throw error;
  }
}
