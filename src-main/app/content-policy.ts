/** What a browser may show in place; everything else is handed over as a file. SVG and HTML can hold scripts: never. */
const inlineTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  pdf: 'application/pdf',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  webm: 'video/webm',
}

/** Source and notes are text, whatever they would be to a program. */
const textExtensions = new Set(
  'txt md markdown rst log csv tsv json jsonc yaml yml toml ini conf cfg env xml html htm css scss js mjs cjs jsx ts tsx py rb rs go java kt c h cc cpp hpp cs php pl sh bash zsh fish ps1 bat sql tex bib srt vtt diff patch svg'.split(
    ' ',
  ),
)

/** Packed already: packing again costs time and gains nothing. */
const packedExtensions = new Set(
  'jpg jpeg png gif webp avif heic mp3 m4a ogg opus flac mp4 m4v mkv webm mov avi zip gz xz zst bz2 7z rar jar docx xlsx pptx odt ods odp epub deb rpm dmg iso'.split(
    ' ',
  ),
)

export interface ContentKind {
  readonly mime: string
  readonly disposition: 'inline' | 'attachment'
}

/** How a file out of a backup may be served: it was written by whoever, so a wrong guess must do no harm. */
export function contentKind(fileName: string, wanted: 'inline' | 'download'): ContentKind {
  const extension = extensionOf(fileName)
  const shown = inlineTypes[extension] ?? (textExtensions.has(extension) ? 'text/plain; charset=utf-8' : undefined)
  if (wanted === 'inline' && shown !== undefined) return { mime: shown, disposition: 'inline' }
  return { mime: 'application/octet-stream', disposition: 'attachment' }
}

export function isPacked(fileName: string): boolean {
  return packedExtensions.has(extensionOf(fileName))
}

const pdf = 'application/pdf'
const restrictions = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"

/**
 * All headers of a response. The sandbox takes scripts, forms and the page's origin away from whatever it holds; `nosniff` keeps the
 * browser to the type we said; nothing is cached, since a snapshot may be forgotten and a token ends with the session.
 * A PDF goes without the sandbox: no browser shows one inside of it, and its viewer is a program of its own that has no
 * part in the page's origin.
 */
export function contentHeaders(
  { mime, disposition }: ContentKind,
  fileName: string,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    'content-type': mime,
    'content-disposition': `${disposition}; filename="${asciiName(fileName)}"; filename*=UTF-8''${encodeName(fileName)}`,
    'content-security-policy': mime === pdf ? restrictions : `sandbox; ${restrictions}`,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    ...more,
  }
}

function extensionOf(fileName: string): string {
  return /\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? ''
}

/** For programs that do not know RFC 6266: no quotes, no controls, nothing outside ASCII. */
function asciiName(fileName: string): string {
  return fileName.replace(/[^\x20-\x7e]|["\\/%]/g, '_') || 'file'
}

/** RFC 8187. */
function encodeName(fileName: string): string {
  return encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
