export { StateError } from './errors.ts';
export { type StateFolder, stateFolder } from './layout.ts';
export { ensureFolder, readTextIfPresent, type WriteOptions, writeTextAtomically } from './text-file.ts';
