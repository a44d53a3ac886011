import { z } from 'zod'
import { type ErrorCode, errorCodes } from '../errors.ts'

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]] // the keys of a literal that is not empty

/** A failure as it crosses a boundary or is stored: plain fields, never a stack (style E7). */
export const plainError = z.object({
  code: z.enum(codes),
  message: z.string(),
  hint: z.string().optional(),
})
export type PlainError = z.infer<typeof plainError>
