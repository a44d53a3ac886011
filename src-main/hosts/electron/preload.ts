import { ipcRenderer, webUtils } from 'electron'

/** As many as a person drops by hand; the page takes no more either. */
const mostDropped = 64

/**
 * Two jobs, and nothing is exposed on `window`. One: hand the page one MessagePort a load (style S3). The page's module
 * scripts have run when its document is ready, so its listener is there.
 */
window.addEventListener(
  'DOMContentLoaded',
  () => {
    const { port1, port2 } = new MessageChannel()
    ipcRenderer.postMessage('holdfast:connect', undefined, [port2])
    window.postMessage('holdfast:port', '*', [port1])
  },
  { once: true },
)

/** The other: tell it where files lie that a person dropped on it, which only the shell knows. */
window.addEventListener(
  'drop',
  (event) => {
    const files = [...(event.dataTransfer?.files ?? [])].slice(0, mostDropped)
    const paths = files.map((file) => webUtils.getPathForFile(file)).filter((path) => path !== '')
    // After the page's own handler, which begins to listen.
    if (paths.length > 0) setTimeout(() => window.postMessage({ type: 'holdfast:dropped', paths }, '*'))
  },
  { capture: true },
)
