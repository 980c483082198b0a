import type { Paths } from './measure.ts';

/** What every target has behind it. */
export interface ApiServer {
  /** `https://127.0.0.1:<port>`. */
  url: string;
  /** For whoever asks it without an agent in between; undefined where it answers anybody. */
  token: string | undefined;
  /** An administrator's, for `kubectl proxy` and the agent. */
  kubeconfigFile: string;
  paths: Paths;
}
