import { formatAbsolute, formatAge, formatAgo, formatMoment } from './format.ts'
import { useNow } from './use-now.ts'

export interface WhenProps {
  readonly at: number
  /** `relative` 4 min ago, `moment` yesterday 02:41, `age` 4 min. */
  readonly as?: 'relative' | 'moment' | 'age'
}

/** A time that has been, as a person says it, with the absolute one on hover. */
export function When({ at, as = 'relative' }: WhenProps) {
  const now = useNow()
  const text = as === 'age' ? formatAge(at, now) : as === 'moment' ? formatMoment(at, now) : formatAgo(at, now)
  return (
    <time dateTime={new Date(at).toISOString()} title={formatAbsolute(at)}>
      {text}
    </time>
  )
}
