import { Skeleton } from '@mantine/core'
import { t } from '../i18n/translate.ts'

/** Rows of a list that is being read; fades in only when the answer takes longer than a moment. */
export function SkeletonRows({ rows = 8, height = 32 }: { readonly rows?: number; readonly height?: number }) {
  return (
    <div className="hf-late" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of nothing have no other name
        <div key={row} className="hf-row" style={{ height, padding: '0 16px' }}>
          <Skeleton h={12} w={`${72 - ((row * 17) % 40)}%`} />
        </div>
      ))}
    </div>
  )
}

/** Cards of a grid that is being read. */
export function SkeletonCards({ cards = 4, height = 88 }: { readonly cards?: number; readonly height?: number }) {
  return (
    <div className="hf-late hf-cards" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: cards }, (_, card) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: cards of nothing have no other name
        <Skeleton key={card} h={height} radius="md" />
      ))}
    </div>
  )
}
