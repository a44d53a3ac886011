import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { formatBytes } from '../../ui/format.ts'

/** How much space removing these snapshots gives back in the end: what nothing else refers to. */
export function WouldFree({ id, snapshots }: { readonly id: RepositoryId; readonly snapshots: readonly string[] }) {
  const freed = useQuery(
    ['would-free', id, ...snapshots],
    (client, signal) => client.space.wouldFree({ repositoryId: id, snapshots: [...snapshots] }, { signal }),
    { enabled: snapshots.length > 0 },
  )
  if (snapshots.length === 0 || freed.state === 'failed') return null
  return (
    <p className="hf-num" role="status">
      {freed.state === 'loading' ? t('space.freeing') : t('space.wouldFree', { bytes: formatBytes(freed.value.bytes) })}
    </p>
  )
}
