import { ORPCError } from '@orpc/client'
import { errorMessage, translateSaid } from '../i18n/said.ts'
import { t } from '../i18n/translate.ts'

/** What a view shows of something that went wrong (style E7). */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
}

/** Turns whatever was thrown by a call into the sentence, the code and the step a person reads. */
export function toFailure(error: unknown): Failure {
  if (error instanceof ORPCError) {
    return { code: error.code, message: errorMessage(error), hint: hintOf(error.data) }
  }
  return {
    code: 'connection/lost',
    message: t('ui.noAnswer'),
    hint: t('ui.connectsAgain'),
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

function hintOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('hint' in data)) return undefined
  return typeof data.hint === 'string' ? translateSaid(data.hint) : undefined
}
