import { type AdministrationDependencies, administration } from './admin.ts';
import { os } from './builder.ts';
import { type DeviceApiDependencies, deviceApi } from './device.ts';
import { type EnrolmentApiDependencies, enrolmentApi } from './enrolment.ts';

export type ApiDependencies = AdministrationDependencies & DeviceApiDependencies & EnrolmentApiDependencies;

/** Implements the whole controller contract. */
export function apiRouter(dependencies: ApiDependencies) {
  return os.router({
    ...enrolmentApi(dependencies),
    ...deviceApi(dependencies),
    admin: administration(dependencies),
  });
}
