import { Button } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconDownload, IconPrinter } from '@tabler/icons-react'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { useQuery } from '../state/use-query.ts'
import { CopyIcon } from './CopyCommand.tsx'
import { QueryView } from './QueryView.tsx'

/** Opens the recovery sheet of a key, to print or save. Asking for it marks it as saved. */
export function showRecoverySheet(key: EncryptionKey): void {
  modals.open({
    title: <span className="hf-h4">{t('ui.sheetOf', { name: key.name })}</span>,
    size: 640,
    children: <RecoverySheet encryptionKey={key} />,
  })
}

function RecoverySheet({ encryptionKey }: { readonly encryptionKey: EncryptionKey }) {
  const sheet = useQuery(['sheet', encryptionKey.id], (client, signal) =>
    client.keys.sheet({ id: encryptionKey.id }, { signal }),
  )
  return (
    <QueryView query={sheet} onRetry={sheet.reload}>
      {({ text }) => (
        <>
          <p className="hf-2" style={{ marginBottom: 12 }}>
            {t('ui.sheetHelp')}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the sheet scrolls, also by keyboard */}
          <pre className="hf-sunken hf-command" tabIndex={0} style={{ margin: 0, padding: 12, maxHeight: 280 }}>
            {text}
          </pre>
          <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
            <CopyIcon value={text} label={t('ui.copySheet')} />
            <Button leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => printText(text)}>
              {t('ui.print')}
            </Button>
            <Button
              variant="filled"
              leftSection={<IconDownload size={16} aria-hidden />}
              onClick={() => saveText(`holdfast-key-${encryptionKey.name}.txt`, text)}
            >
              {t('common.saveRecoverySheet')}
            </Button>
          </div>
        </>
      )}
    </QueryView>
  )
}

function saveText(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

/** Prints only the sheet: a frame of its own, filled without markup. */
function printText(text: string): void {
  const frame = document.createElement('iframe')
  frame.hidden = true
  document.body.append(frame)
  const page = frame.contentDocument
  if (page === null || frame.contentWindow === null) return
  const sheet = page.createElement('pre')
  sheet.textContent = text
  page.body.append(sheet)
  frame.contentWindow.addEventListener('afterprint', () => frame.remove())
  frame.contentWindow.print()
}
