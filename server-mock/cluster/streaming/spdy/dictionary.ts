/** Each of these stands in the dictionary behind its length as a 32-bit number, as it does in a header block. */
const words = [
  ...'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges'.split(
    ' ',
  ),
  ...'age allow authorization cache-control connection content-base content-encoding content-language'.split(' '),
  ...'content-length content-location content-md5 content-range content-type date etag expect expires'.split(' '),
  ...'from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified'.split(' '),
  ...'location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after'.split(' '),
  ...'server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method'.split(' '),
  ...['get', 'status', '200 OK', 'version', 'HTTP/1.1', 'url', 'public', 'set-cookie', 'keep-alive', 'origin'],
];

/** What follows the words without any lengths: status codes, dates, media types. */
const tail = [
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505',
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized',
  '403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable',
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT',
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,',
  'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.',
].join('');

/**
 * The zlib dictionary that both ends of a SPDY/3 connection start their header compression with.
 *
 * @see SPDY Protocol, Draft 3, section 2.6.10.1
 */
export const headerDictionary: Buffer = Buffer.concat([
  ...words.map((word) => {
    const entry = Buffer.alloc(4 + word.length, word);
    entry.writeUInt32BE(word.length, 0);
    entry.write(word, 4, 'latin1');
    return entry;
  }),
  Buffer.from(tail, 'latin1'),
]);
