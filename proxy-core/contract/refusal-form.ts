/**
 * How a refusal of our own is said so that kubectl shows its sentence, by the local proxy and the gateway alike.
 *
 * An ordinary request's Status is shown as it is. client-go's discovery does not decode one: of a 403 it shows a plain text,
 * and of anything else a general sentence of its own. There the sentence goes along as a warning (`Warning: 299`), which
 * kubectl prints once however often it asks; on other requests it would be said twice.
 *
 * @see client-go, rest/request.go (transformResponse, newUnstructuredResponseError) and rest/warnings.go
 */
export interface RefusalForm {
  /** Plain text in place of the Status. */
  asText: boolean;
  /** The value of a `Warning` header. */
  warning: string | undefined;
}

/** What kube-apiserver serves to discovery clients, below the prefix that stands for the cluster. */
const discoveryPath =
  /^(?:\/clusters\/[^/]+(?:\/roles\/[^/]+)?)?\/(?:api(?:\/[^/]+)?|apis(?:\/[^/]+){0,2}|version|openapi\/.+)$/;
/** How client-go asks for all of an API at once. */
const aggregatedDiscovery = /;as=APIGroupDiscoveryList/;

/** Sentences of ours are far shorter; what a cluster's name or a network error adds to one is not. */
const maxWarningLength = 1024;

/** @param target as received, with or without the path of the cluster */
export function refusalForm(
  refusal: { code: number; message: string },
  { target, accept }: { target: string; accept: string | undefined },
): RefusalForm {
  const asText = refusal.code === 403 && aggregatedDiscovery.test(accept ?? '');
  const isDropped = !asText && discoveryPath.test(target.split('?', 1)[0] ?? '');
  return { asText, warning: isDropped ? warningHeader(refusal.message) : undefined };
}

/**
 * `299 - "text"`, ASCII only: header values have no encoding that every client agrees on.
 *
 * @see RFC 7234, section 5.5; RFC 9111 retires it, Kubernetes relies on it (apimachinery, util/net NewWarningHeader)
 */
export function warningHeader(text: string): string {
  const ascii = text
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/…/g, '...')
    .replace(/[^\x20-\x7e]+/g, '?')
    .slice(0, maxWarningLength);
  return `299 - "${ascii.replace(/[\\"]/g, '\\$&')}"`;
}
