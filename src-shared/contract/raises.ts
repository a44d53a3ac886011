import { z } from 'zod'
import { type ErrorCode, errorCodes } from '../errors.ts'

/** What crosses with every declared failure besides code and message: the next step for a person. */
const errorData = z.object({ hint: z.string().optional() })

interface DeclaredError {
  readonly message: string
  readonly data: typeof errorData
}

/** Turns codes into the error map oRPC wants, with the sentence of each. */
export function raises<const Code extends ErrorCode>(...codes: readonly Code[]): Record<Code, DeclaredError> {
  const map: Partial<Record<Code, DeclaredError>> = {}
  for (const code of codes) map[code] = { message: errorCodes[code], data: errorData }
  return map as Record<Code, DeclaredError> // complete: the loop above set every member of the union
}
