import { unsupported } from '../resources/validation.ts';
import { invalid } from '../status.ts';

/** `dryRun` has one value that means something. */
const everyStage = 'All';

/**
 * Whether a request only tries what it asks for. A value that is none is refused: somebody who mistypes `dryRun` does
 * not want the write.
 *
 * @param options the kind that the request's options are
 * @throws {StatusError} 422
 */
export function readDryRun(
  options: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions',
  values: readonly string[],
): boolean {
  if (values.some((value) => value !== everyStage)) {
    throw invalid(options, 'meta.k8s.io', '', [unsupported('dryRun', values, [everyStage])]);
  }
  return values.length > 0;
}
