import { Button, Modal } from '@mantine/core'
import { IconBucket } from '@tabler/icons-react'
import { useState } from 'react'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { BucketFacts } from './BucketFacts.tsx'
import { BucketReturn } from './BucketReturn.tsx'

/** Snapshots of a Couchbase bucket say more of themselves than files do; others have no such button. */
export function BucketButton({ snapshot }: { readonly snapshot: Snapshot }) {
  const [isOpen, setOpen] = useState(false)
  const facts = useQuery(['bucket', snapshot.id], (client, signal) =>
    client.couchbase.facts({ id: snapshot.id, limit: 1024 }, { signal }),
  )
  if (facts.state !== 'ready' || facts.value === undefined) return null
  const { bucket } = facts.value
  return (
    <>
      <Button leftSection={<IconBucket size={16} stroke={1.75} aria-hidden />} onClick={() => setOpen(true)}>
        {t('couchbase.factsLabel')}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        size={880}
        title={t('couchbase.bucketOf', { bucket })}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <BucketFacts facts={facts.value} />
        <BucketReturn bucket={bucket} snapshotId={snapshot.id} />
      </Modal>
    </>
  )
}
