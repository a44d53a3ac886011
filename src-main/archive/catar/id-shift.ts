import { HoldfastError } from '../../../src-shared/errors.ts'

/** For trees of containers: casync's `--uid-shift` and `--uid-range` (spec casync §10.4). It holds for gids as well. */
export interface IdShift {
  readonly shift: number
  /** 2^32 means that ids are not wrapped. */
  readonly range: number
}

export const defaultIdRange = 65_536

/** An id of the disk as the archive holds it. Throws `input/invalid` for one below the shift. */
export function shiftId(id: number, { shift, range }: IdShift): number {
  if (id < shift)
    throw new HoldfastError('input/invalid', { detail: `The owner ${id} is below the shift of ${shift}.` })
  return (id - shift) % range
}

/** An id of the archive as it goes to the disk. */
export function unshiftId(id: number, { shift, range }: IdShift): number {
  return (id % range) + shift
}
