import { ApiError } from './api-error.ts'

/** The Upgrade header is compared whole: no lists (spec pbs §1.5). */
export function checkUpgrade(header: string | undefined, protocol: string): void {
  if (header === undefined) throw new ApiError('missing Upgrade header')
  if (header !== protocol) throw new ApiError('invalid protocol name')
}
