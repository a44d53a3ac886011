import { z } from 'zod'

/** A part of a key as it goes onto paper: lines to read and the same lines as a QR code (spec pbs §5.3). */
export const paperBlock = z.object({
  /** Number of the first line, from 0; absent when the lines have no numbers. */
  firstLine: z.int().nonnegative().optional(),
  lines: z.array(z.string()),
  /** Rows of modules, `1` for the dark ones. */
  qr: z.array(z.string().regex(/^[01]+$/)),
})
export type PaperBlock = z.infer<typeof paperBlock>
