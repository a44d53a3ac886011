import { Radio } from '@mantine/core'
import { type LineageId, type SnapshotId, snapshotId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { formatAgo } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { pointWords, snapshotAt } from '../../ui/snapshot-words.ts'
import { useNow } from '../../ui/use-now.ts'

/** Older ones are in the explorer, which has a slider for them. */
const MOST = 200

export interface ChooseMomentProps {
  readonly lineageId: LineageId
  readonly value: SnapshotId | undefined
  readonly onChange: (id: SnapshotId) => void
}

/** The snapshots of a source, newest first. */
export function ChooseMoment({ lineageId, value, onChange }: ChooseMomentProps) {
  const now = useNow()
  const snapshots = useQuery(
    ['moments', lineageId],
    (client, signal) => client.snapshots.list({ lineageId, limit: MOST }, { signal }),
    { areas: ['snapshots'] },
  )
  return (
    <QueryView query={snapshots} onRetry={snapshots.reload}>
      {(list) => (
        <Radio.Group
          label={t('guided.whenHelp')}
          value={value ?? null}
          onChange={(id) => onChange(snapshotId.parse(id))}
        >
          <div className="hf-guided-list">
            {list.map((snapshot) => (
              <Radio
                key={snapshot.id}
                value={snapshot.id}
                label={pointWords(snapshotAt(snapshot), now)}
                description={formatAgo(snapshotAt(snapshot), now)}
              />
            ))}
          </div>
        </Radio.Group>
      )}
    </QueryView>
  )
}
