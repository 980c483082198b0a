import { implement } from '@orpc/server';
import { appContract } from '../../contract/app.ts';

/** The contract to fill in; each area has a file beside this one. */
export const contract = implement(appContract);
