import { assertNever } from '../../src-shared/assert-never.ts'
import type { PlanSource } from '../../src-shared/model/source.ts'
import { createFilesSource, type FilesSourceOptions } from './files/files-source.ts'
import { createImageSource } from './image/image-source.ts'
import type { Source } from './source.ts'

export type SourceTools = FilesSourceOptions

/** The source of a plan, whichever kind it is. */
export function createSource(plan: PlanSource, tools: SourceTools): Source {
  switch (plan.kind) {
    case 'folders':
      return createFilesSource(plan, tools)
    case 'image':
      return createImageSource(plan)
    default:
      return assertNever(plan)
  }
}
