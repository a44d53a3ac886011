import { HoldfastError } from '../../../../src-shared/errors.ts'
import { checkNamespace } from '../../../storage/datastore/group-dir.ts'
import { ApiError } from './api-error.ts'
import type { ServedDatastore } from './server-context.ts'

/** 404 unless the namespace is there: none is made by using it (spec pbs §1.6). */
export async function checkNamespaceExists(served: ServedDatastore, namespace: string): Promise<void> {
  try {
    await checkNamespace(served.store, namespace)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'path/not-found')
      throw new ApiError('namespace not found', 404, error)
    throw error
  }
}
