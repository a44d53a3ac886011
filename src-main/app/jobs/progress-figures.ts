import type { JobProgress } from '../../../src-shared/model/job.ts'

const countNames = ['seen', 'stored', 'unchanged', 'skipped', 'failed'] as const satisfies readonly CountName[]
const sumNames = ['doneBytes', 'storedBytes', 'newChunks', 'reusedChunks'] as const satisfies readonly SumName[]

type CountName = keyof JobProgress['counts']
type SumName = 'doneBytes' | 'storedBytes' | 'newChunks' | 'reusedChunks'

/** The numbers of a job that move all the time. The names of what they count, and how far the job is, change rarely. */
export type ProgressFigures = Record<SumName, number> & { readonly counts: Record<CountName, number> }

/** For one job; the memory goes into its thread with the order. */
export function createFigureMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer((countNames.length + sumNames.length) * Float64Array.BYTES_PER_ELEMENT)
}

/**
 * The figures in memory that the thread of a job and that of the app share. The one counts and the other reads, whenever it wants
 * to and however busy the first is. Nothing is locked: a figure may be a moment older than its neighbour, and on processors with
 * words of 64 bits none is seen half written.
 */
export function figuresIn(memory: SharedArrayBuffer): ProgressFigures {
  const cells = new Float64Array(memory)
  const counts = overCells(cells.subarray(0, countNames.length), countNames)
  return Object.defineProperty(overCells(cells.subarray(countNames.length), sumNames), 'counts', {
    value: counts,
  }) as ProgressFigures // with the one property more
}

function overCells<Name extends string>(cells: Float64Array, names: readonly Name[]): Record<Name, number> {
  const properties = names.map((name, at): [Name, PropertyDescriptor] => [
    name,
    {
      enumerable: true,
      get: () => cells[at],
      set: (value: number) => {
        cells[at] = value
      },
    },
  ])
  return Object.defineProperties({}, Object.fromEntries(properties)) as Record<Name, number> // one for each name
}
