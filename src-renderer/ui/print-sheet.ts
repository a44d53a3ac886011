import { qrPath } from './QrCode.tsx'

const SVG = 'http://www.w3.org/2000/svg'
const QR_SIZE = 260

/** Prints only the sheet: a frame of its own, filled without markup. */
export function printSheet(text: string, qrText: string): void {
  const frame = document.createElement('iframe')
  frame.hidden = true
  document.body.append(frame)
  const page = frame.contentDocument
  if (page === null || frame.contentWindow === null) return
  const sheet = page.createElement('pre')
  sheet.textContent = text
  page.body.append(sheet, qrElement(page, qrText))
  frame.contentWindow.addEventListener('afterprint', () => frame.remove())
  frame.contentWindow.print()
}

function qrElement(page: Document, text: string): SVGSVGElement {
  const { path, modules } = qrPath(text)
  const svg = page.createElementNS(SVG, 'svg')
  svg.setAttribute('width', String(QR_SIZE))
  svg.setAttribute('height', String(QR_SIZE))
  svg.setAttribute('viewBox', `0 0 ${modules} ${modules}`)
  const dark = page.createElementNS(SVG, 'path')
  dark.setAttribute('d', path)
  svg.append(dark)
  return svg
}
