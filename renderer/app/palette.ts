import { createSpotlight } from '@mantine/spotlight';

/** The command palette's own store, so that a button can open it too. */
export const [paletteStore, palette] = createSpotlight();
