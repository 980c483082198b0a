import { EventEmitter } from 'node:events';
import { MessagePortMain, PortBridge } from './ports.ts';
import type { UtilityMessage } from './utility-process.ts';

/** Loaded before the program of a utility process: gives it `process.parentPort`. */
const parentPort = Object.assign(new EventEmitter(), {
  postMessage: (data: unknown): void => send({ kind: 'message', data, ports: [] }),
});
const ports = new PortBridge(send);
Object.assign(process, { parentPort });

parentPort.once('newListener', () => {
  // Nothing is lost: a listener is there before the first message is read.
  queueMicrotask(() => {
    process.on('message', (message: UtilityMessage) => {
      if (message.kind !== 'message') ports.receive(message);
      else
        parentPort.emit('message', {
          data: message.data,
          ports: message.ports.map((port) => new MessagePortMain(ports.take(port))),
        });
    });
  });
});
// A utility process ends with the app, however that ended.
process.on('disconnect', () => process.exit(0));

function send(message: UtilityMessage): void {
  if (process.connected) process.send?.(message);
}
