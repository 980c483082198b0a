import { bringUpToDate } from './outputs.ts';

/** `npm run build`. */
await bringUpToDate();
