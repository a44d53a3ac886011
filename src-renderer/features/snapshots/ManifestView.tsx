import { Modal, Table } from '@mantine/core'
import { IconLock, IconLockOpen, IconSignature } from '@tabler/icons-react'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { CopyIcon } from '../../ui/CopyCommand.tsx'
import { formatBytes, formatCount } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { pointWords, snapshotAt } from '../../ui/snapshot-words.ts'

export interface ManifestViewProps {
  readonly snapshot: Snapshot
  readonly now: number
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** The manifest for the curious: archives, digests, chunk counts, signature, encryption, the raw JSON. */
export function ManifestView({ snapshot, now, isOpen, onClose }: ManifestViewProps) {
  const manifest = useQuery(
    ['manifest', snapshot.id],
    (client, signal) => client.snapshots.manifest({ id: snapshot.id }, { signal }),
    { enabled: isOpen },
  )
  const isEncrypted = snapshot.archives.some((archive) => archive.cryptMode === 'encrypt')
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      size={880}
      title={
        <span className="hf-h4">{t('snapshots.manifestOf', { when: pointWords(snapshotAt(snapshot), now) })}</span>
      }
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <QueryView query={manifest} onRetry={manifest.reload}>
        {({ text, signed, archives }) => (
          <>
            <div className="hf-row" style={{ flexWrap: 'wrap', marginBottom: 12 }}>
              <span className="hf-badge" data-tone={signed ? 'ok' : undefined}>
                <IconSignature size={14} stroke={1.9} aria-hidden />
                {signed ? t('snapshots.signed') : t('snapshots.notSigned')}
              </span>
              <span className="hf-badge">
                {isEncrypted ? (
                  <IconLock size={14} stroke={1.9} aria-hidden />
                ) : (
                  <IconLockOpen size={14} stroke={1.9} aria-hidden />
                )}
                {t(isEncrypted ? 'snapshots.crypt_encrypt' : 'snapshots.crypt_none')}
              </span>
              {snapshot.keyFingerprint !== undefined && (
                <span className="hf-mono hf-2 hf-ell">
                  {t('snapshots.keyIs', { fingerprint: snapshot.keyFingerprint })}
                </span>
              )}
            </div>
            <Table.ScrollContainer minWidth={600}>
              <Table fz={12}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('snapshots.archive')}</Table.Th>
                    <Table.Th ta="right">{t('snapshots.size')}</Table.Th>
                    <Table.Th ta="right">{t('snapshots.chunks')}</Table.Th>
                    <Table.Th ta="right">{t('snapshots.unique')}</Table.Th>
                    <Table.Th>{t('snapshots.encryption')}</Table.Th>
                    <Table.Th>{t('snapshots.digest')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {snapshot.archives.map((archive) => {
                    const counts = archives.find((one) => one.filename === archive.filename)
                    return (
                      <Table.Tr key={archive.filename}>
                        <Table.Td className="hf-mono">{archive.filename}</Table.Td>
                        <Table.Td ta="right" className="hf-num">
                          {formatBytes(archive.sizeBytes)}
                        </Table.Td>
                        <Table.Td ta="right" className="hf-num">
                          {counts === undefined ? '' : formatCount(counts.chunks)}
                        </Table.Td>
                        <Table.Td ta="right" className="hf-num">
                          {counts === undefined ? '' : formatCount(counts.uniqueChunks)}
                        </Table.Td>
                        <Table.Td className="hf-2">{t(`snapshots.crypt_${archive.cryptMode}`)}</Table.Td>
                        <Table.Td>
                          <span className="hf-row">
                            <span className="hf-mono hf-2" title={archive.csum}>
                              {archive.csum.slice(0, 8)} … {archive.csum.slice(-8)}
                            </span>
                            <CopyIcon
                              value={archive.csum}
                              label={t('snapshots.copyDigest', { name: archive.filename })}
                            />
                          </span>
                        </Table.Td>
                      </Table.Tr>
                    )
                  })}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <div className="hf-row hf-between" style={{ height: 36 }}>
              <h3 className="hf-sm hf-med">{t('snapshots.asStored')}</h3>
              <CopyIcon value={text} label={t('snapshots.copyManifest')} />
            </div>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
            <pre className="hf-sunken hf-raw" tabIndex={0}>
              {indented(text)}
            </pre>
          </>
        )}
      </QueryView>
    </Modal>
  )
}

/** JSON with line ends; anything else as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text
  }
}
