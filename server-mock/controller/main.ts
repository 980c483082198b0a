#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import { parseArgs } from 'node:util';
import { PosternError } from '../../proxy-core/contract/errors.ts';
import { freeBuffersEarly } from '../../proxy-core/tunnel/index.ts';
import { onInterruption } from '../interruption.ts';
import { parseControllerConfig } from './config.ts';
import { ControllerError } from './errors.ts';
import { startController } from './index.ts';

const help = `postern-controller: authorises, logs and forwards access to Kubernetes clusters

Usage:
  postern-controller --config FILE

Options:
  --config FILE  the configuration, YAML (see server-mock/controller/README.md)
  --check        read the configuration, say what is wrong with it, and stop
  -h, --help     this text

Logs go to stderr as JSON; POSTERN_LOG sets the level (info). HTTPS_PROXY and NO_PROXY are honoured
towards the identity provider. SIGTERM ends it in order.
`;

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (values.config === undefined) {
    process.stderr.write(`postern-controller: --config is missing\n\n${help}`);
    process.exitCode = 2;
    return;
  }
  const config = parseControllerConfig(await read(values.config), values.config);
  if (values.check) {
    process.stdout.write(`${values.config} is valid\n`);
    return;
  }
  freeBuffersEarly();
  // For fetch too: the identity provider may stand behind the corporate proxy.
  http.setGlobalProxyFromEnv();
  const starting = startController(config);
  // Before it is ready: whoever reads the URL may stop it at once.
  onInterruption(() => {
    starting
      .then((controller) => controller.close())
      .then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
  });
  const { url } = await starting;
  process.stdout.write(`${url}\n`);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ControllerError('POSTERN_CONFIG_INVALID', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function fail(error: unknown): void {
  if (error instanceof PosternError) {
    process.stderr.write(`postern-controller: ${error.code}\n${error.message}\n${error.hint ? `${error.hint}\n` : ''}`);
  } else process.stderr.write(`postern-controller: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

run().catch(fail);
