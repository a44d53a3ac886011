import { HoldfastError } from '../../../../src-shared/errors.ts'

/** Neither a folder nor anything else to back up was typed. */
export function nothingNamed(): HoldfastError {
  return new HoldfastError('input/invalid', {
    detail: 'Name what to back up.',
    hint: 'A folder, such as ~/Documents; --help says what else there is.',
  })
}
