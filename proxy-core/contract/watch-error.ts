/**
 * The event with which a watch ends that somebody cuts, as the API server itself would put it: kubectl prints its Status,
 * and an informer lists again and is refused with the same words.
 *
 * @param contentType of the watch's response
 * @param status a Kubernetes Status
 * @returns a line; undefined where the watch does not consist of JSON
 * @see Kubernetes apimachinery, meta/v1 WatchEvent
 */
export function watchErrorEvent(contentType: string | undefined, status: object): string | undefined {
  if (contentType === undefined || !/^application\/json *(?:;|$)/i.test(contentType)) return undefined;
  return `${JSON.stringify({ type: 'ERROR', object: status })}\n`;
}
