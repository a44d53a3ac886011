import { text } from '../../wire/parameters.ts'
import { ApiError } from '../api-error.ts'
import type { ApiContext } from '../server-context.ts'

export const nodeName = () => text(64)

/** Clients say `localhost`, or the name they have from a task id (spec pbs §10.1). */
export function checkNode({ node: own }: ApiContext, name: string): void {
  if (name !== 'localhost' && name !== own) throw new ApiError(`no such node '${name}'`, 404)
}
