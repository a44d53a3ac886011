import type { Entry } from '../../../src-shared/model/entry.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'

/** What a listing says of one thing: its address and the few properties every client asks for (RFC 4918 §15). */
export interface DavItem {
  /** Escaped, from the root of the server; of a folder with a slash at its end. */
  readonly href: string
  readonly entry: Pick<Entry, 'name' | 'kind' | 'sizeBytes' | 'modifiedAt'>
}

export const davStart = '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n'
export const davEnd = '</D:multistatus>\n'

/** All properties are always given: there are fewer than a client could ask for. */
export function davResponse({ href, entry }: DavItem): string {
  const { name, kind, sizeBytes, modifiedAt } = entry
  const isFolder = kind === 'directory'
  const facts = [
    `<D:displayname>${xmlText(displayPath(name))}</D:displayname>`,
    `<D:resourcetype>${isFolder ? '<D:collection/>' : ''}</D:resourcetype>`,
    `<D:getlastmodified>${new Date(modifiedAt).toUTCString()}</D:getlastmodified>`,
    `<D:creationdate>${new Date(modifiedAt).toISOString().slice(0, 19)}Z</D:creationdate>`,
    ...(isFolder ? [] : [`<D:getcontentlength>${sizeBytes}</D:getcontentlength>`]),
    '<D:getcontenttype>application/octet-stream</D:getcontenttype>',
  ]
  return `<D:response><D:href>${xmlText(href)}</D:href><D:propstat><D:prop>${facts.join('')}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>\n`
}

/** Characters that XML 1.0 cannot hold at all become the replacement character. */
function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
