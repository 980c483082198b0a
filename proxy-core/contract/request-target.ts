const proxied = /^[^?]*\/(?:pods|services|nodes)\/[^/?]+\/proxy(?:[/?]|$)/;
const watch = /^[^?]*\?(?:.*&)?watch(?:=(?!(?:0|[Ff][Aa][Ll][Ss][Ee])(?:&|$))[^&]*)?(?:&|$)/;

/** Where the API server passes on what a pod, a service or a node answers: what is said there is not Kubernetes' own. */
export function isProxied(target: string): boolean {
  return proxied.test(target);
}

/**
 * Whether the answer is a stream of the API server's events. Only for how a broken answer ends, never for a decision.
 *
 * @see Kubernetes apimachinery, Convert_Slice_string_To_bool: all but `0`, `false` and nothing at all says yes
 */
export function isWatch(target: string): boolean {
  return watch.test(target) && !isProxied(target);
}
