import { foldText } from '../../../src-shared/model/fold-text.ts'

const decoder = new TextDecoder()

/** A name as search and sorting compare it. Bytes that are not text become U+FFFD. */
export function foldName(bytes: Uint8Array): string {
  return foldText(decoder.decode(bytes))
}
