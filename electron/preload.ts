import { ipcRenderer } from 'electron';

/** Asks for a port when the page wants one, and hands over each that comes (renderer/bridge/connect-message-port.ts). */
ipcRenderer.on('postern:port', (event) => {
  window.postMessage({ type: 'postern:port' }, window.location.origin, event.ports);
});

window.addEventListener('message', (event: MessageEvent<{ type?: unknown } | null>) => {
  if (event.source === window && event.data?.type === 'postern:want-port') ipcRenderer.send('postern:want-port');
});
