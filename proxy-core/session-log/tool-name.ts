/** User agents that do not start with the tool's own name, or whose name is written otherwise by people. */
const known: readonly [RegExp, string][] = [
  [/free-?lens/i, 'FreeLens'],
  [/openlens/i, 'OpenLens'],
  [/\blens\b|^lens-/i, 'Lens'],
  [/headlamp/i, 'Headlamp'],
  [/^helm\//i, 'helm'],
  [/terraform/i, 'terraform'],
  [/^OpenAPI-Generator\/[^/]*\/python/i, 'Kubernetes Python client'],
  [/^Kubernetes Java Client/i, 'Kubernetes Java client'],
  [/^kubernetes-client\/|kubernetes-javascript|@kubernetes\/client-node/i, 'Kubernetes JavaScript client'],
  [/^Go-http-client\//i, 'Go client'],
  [/^Mozilla\//i, 'browser'],
];

const longestName = 60;

/**
 * The name people give the tool that sends a user agent. client-go's own form is
 * `<binary>/<version> (<os>/<arch>) kubernetes/<commit>`, so the first product is the binary's name.
 */
export function toolName(userAgent: string): string {
  for (const [pattern, name] of known) if (pattern.test(userAgent)) return name;
  const product = /^[^/\s(]+/.exec(userAgent)?.[0] ?? '';
  // kubectl under its versioned name (`kubectl.1.33`, `kubectl-linux-amd64`) is kubectl.
  if (/^kubectl([.-]|$)/.test(product)) return 'kubectl';
  return product.replace(/\.exe$/i, '').slice(0, longestName) || 'unknown tool';
}
