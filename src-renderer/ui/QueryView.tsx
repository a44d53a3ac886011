import type { ReactNode } from 'react'
import type { Query } from '../state/resource.ts'
import { ErrorState } from './ErrorState.tsx'
import { SkeletonRows } from './Skeletons.tsx'

export interface QueryViewProps<T> {
  readonly query: Query<T>
  readonly onRetry?: (() => void) | undefined
  readonly skeleton?: ReactNode
  /** The full face; it shows the empty one itself, since only it knows the next step. */
  readonly children: (value: T) => ReactNode
}

/** Switches between the faces of a view (style I5). What was read before stays, with a line saying that it may be old. */
export function QueryView<T>({ query, onRetry, skeleton = <SkeletonRows />, children }: QueryViewProps<T>) {
  switch (query.state) {
    case 'loading':
      return skeleton
    case 'failed':
      return <ErrorState failure={query.failure} onRetry={onRetry} />
    case 'ready':
      return (
        <>
          {query.failure !== undefined && <ErrorState failure={query.failure} onRetry={onRetry} />}
          {children(query.value)}
        </>
      )
  }
}
