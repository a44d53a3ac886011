import { Button } from '@mantine/core'
import { IconDownload, IconPrinter } from '@tabler/icons-react'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { useQuery } from '../state/use-query.ts'
import { CopyIcon } from './CopyCommand.tsx'
import { printPages } from './print-sheet.ts'
import { QrCode } from './QrCode.tsx'
import { QueryView } from './QueryView.tsx'
import { SheetDrill } from './SheetDrill.tsx'
import { saveText } from './save-file.ts'
import { translateSheet } from './sheet-words.ts'

const paper = { margin: 0, padding: 12, maxHeight: 240, minWidth: 0 } as const

interface RecoverySheetProps {
  readonly encryptionKey: EncryptionKey
  readonly isRequired: boolean
  readonly onProven: () => void
}

/** What a person needs to get at the snapshots of a key, and the proof that it was kept. */
export function RecoverySheet({ encryptionKey, isRequired, onProven }: RecoverySheetProps) {
  const sheet = useQuery(['sheet', encryptionKey.id], (client, signal) =>
    client.keys.sheet({ id: encryptionKey.id, isKept: false }, { signal }),
  )
  return (
    <QueryView query={sheet} onRetry={sheet.reload}>
      {({ text: english, keyFile, groups }) => {
        const text = translateSheet(english)
        return (
          <>
            <p className="hf-2" style={{ marginBottom: 12 }}>
              {isRequired ? t('keys.sheetFirstHelp') : t('ui.sheetHelp')}
            </p>
            <div className="hf-row" style={{ alignItems: 'flex-start', gap: 12 }}>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the sheet scrolls, also by keyboard */}
              <pre className="hf-sunken hf-command hf-grow" tabIndex={0} style={paper}>
                {text}
              </pre>
              <QrCode text={compact(keyFile)} label={t('keys.qrCode')} size={160} />
            </div>
            <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
              <CopyIcon value={text} label={t('ui.copySheet')} />
              <Button
                leftSection={<IconPrinter size={16} aria-hidden />}
                onClick={() => printPages([{ text, qrText: compact(keyFile) }])}
              >
                {t('ui.print')}
              </Button>
              <Button
                leftSection={<IconDownload size={16} aria-hidden />}
                onClick={() => saveText(`holdfast-key-${encryptionKey.name}.txt`, text)}
              >
                {t('common.saveRecoverySheet')}
              </Button>
            </div>
            <SheetDrill encryptionKey={encryptionKey} groups={groups} onProven={onProven} />
          </>
        )
      }}
    </QueryView>
  )
}

/** Fewer and larger squares for the camera. */
function compact(json: string): string {
  return JSON.stringify(JSON.parse(json))
}
