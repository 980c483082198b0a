export { StateError } from './errors.ts';
export { LatestWrite } from './latest-write.ts';
export { type StateFolder, stateFolder } from './layout.ts';
export { ensureFolder, readTextIfPresent, type WriteOptions, writeTextAtomically } from './text-file.ts';
