import type { Settings } from '../../proxy-core/contract/app.ts';
import type { Stores } from '../stores/stores.ts';
import { showError } from './show-error.ts';

export async function saveSettings({ bridge }: Stores, change: Partial<Settings>): Promise<boolean> {
  try {
    await bridge.settings.set(change);
    return true;
  } catch (error) {
    showError(error);
    return false;
  }
}
