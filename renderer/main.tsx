// In a layer, so that our own rules win in whatever order the bundler puts the files.
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@mantine/spotlight/styles.layer.css';
import './theme/theme.css';
import { createRoot } from 'react-dom/client';
import * as z from 'zod';
import { App } from './app/App.tsx';
import type { BridgeConnection } from './bridge/bridge.ts';
import { connectMessagePort } from './bridge/connect-message-port.ts';
import { connectWebSocket } from './bridge/connect-websocket.ts';
import { createStores } from './stores/stores.ts';

// The content security policy forbids eval, which zod would try for its compiled validators.
z.config({ jitless: true });

async function connect(): Promise<BridgeConnection> {
  if (import.meta.env.DEV) {
    const scenario = new URLSearchParams(window.location.search).get('fake');
    if (scenario !== null) {
      const { connectFake } = await import('./bridge/fake.ts');
      return connectFake({ scenario, live: true });
    }
  }
  if (window.location.protocol === 'app:') return connectMessagePort(window);
  const address = new URL('/rpc', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return connectWebSocket({ url: address.href });
}

const root = document.getElementById('root');
if (!root) throw new Error('the page has no root element');
createRoot(root).render(<App stores={createStores(await connect(), window)} />);
