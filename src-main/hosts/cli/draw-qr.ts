import { renderUnicodeCompact } from 'uqr'

/** What the standard wants are four modules; the rest of the terminal or the paper adds the others. */
const QUIET_MODULES = 2

/** A QR code for a terminal, two rows of modules a line, with the error correction of the original: a stain does no harm. */
export function drawQr(text: string): string {
  return renderUnicodeCompact(text, { ecc: 'M', border: QUIET_MODULES })
}
