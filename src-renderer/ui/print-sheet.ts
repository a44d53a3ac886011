import { qrPath } from './QrCode.tsx'

const SVG = 'http://www.w3.org/2000/svg'
const QR_SIZE = 260

/** A text with its QR code below, on a page of its own. */
export interface PrintedPage {
  readonly text: string
  readonly qrText: string
  readonly qrSize?: number
}

/** Prints these pages and nothing else of the window: a frame of their own, filled without markup. */
export function printPages(pages: readonly PrintedPage[]): void {
  const frame = document.createElement('iframe')
  frame.hidden = true
  document.body.append(frame)
  const page = frame.contentDocument
  if (page === null || frame.contentWindow === null) return
  page.body.append(...pages.map((each, at) => pageElement(page, each, at === pages.length - 1)))
  frame.contentWindow.addEventListener('afterprint', () => frame.remove())
  frame.contentWindow.print()
}

function pageElement(page: Document, { text, qrText, qrSize = QR_SIZE }: PrintedPage, isLast: boolean): HTMLElement {
  const section = page.createElement('section')
  section.style.breakInside = 'avoid'
  if (!isLast) section.style.breakAfter = 'page'
  const sheet = page.createElement('pre')
  sheet.style.whiteSpace = 'pre-wrap'
  sheet.textContent = text
  section.append(sheet, qrElement(page, qrText, qrSize))
  return section
}

function qrElement(page: Document, text: string, size: number): SVGSVGElement {
  const { path, modules } = qrPath(text)
  const svg = page.createElementNS(SVG, 'svg')
  svg.setAttribute('width', String(size))
  svg.setAttribute('height', String(size))
  svg.setAttribute('viewBox', `0 0 ${modules} ${modules}`)
  const dark = page.createElementNS(SVG, 'path')
  dark.setAttribute('d', path)
  svg.append(dark)
  return svg
}
