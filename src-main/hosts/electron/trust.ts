/** The page's own origin; a standard scheme, so that relative addresses, storage and routes work. */
export const appScheme = 'holdfast'
export const appOrigin = 'holdfast://app'

export interface FrameFacts {
  readonly url: string
  readonly parent: unknown
}

/** Messages count only from the main frame of our own page (style S4). */
export function isAppFrame(frame: FrameFacts | null): boolean {
  return frame !== null && frame.parent === null && hasAppOrigin(frame.url)
}

/** Chromium's reader of PDF files, an extension inside of it, and what that is made of. */
const pdfReader = ['chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/', 'chrome://resources/']
const loadable = [`blob:${appOrigin}/`, 'data:', 'devtools:', ...pdfReader]

/** Requests of the page stay in the app: everything else is cancelled, the network belongs to the main side (style S7). */
export function mayLoad(url: string): boolean {
  return hasAppOrigin(url) || loadable.some((start) => url.startsWith(start))
}

/** Only the page itself may be navigated to (style S8). */
export function mayNavigate(url: string): boolean {
  return hasAppOrigin(url)
}

/** A frame in the page shows files of snapshots, PDF among them. */
export function mayShowInFrame(url: string): boolean {
  return hasAppOrigin(url) || pdfReader.some((start) => url.startsWith(start))
}

/** `URL.origin` is "null" for schemes it does not know, so scheme and host are compared. */
function hasAppOrigin(url: string): boolean {
  try {
    const { protocol, host, username, password, port } = new URL(url)
    return `${protocol}//${host}` === appOrigin && username === '' && password === '' && port === ''
  } catch {
    return false
  }
}
