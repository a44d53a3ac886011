import { Button } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { IconDownload, IconPrinter } from '@tabler/icons-react'
import { useState } from 'react'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { numberedLines, paperBlockLines, paperBlocks } from '../../../src-shared/paper-blocks.ts'
import { t } from '../../i18n/translate.ts'
import { useApp, useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CommandForm } from '../../ui/CommandForm.tsx'
import { isTooShort, PassphraseField } from '../../ui/PassphraseField.tsx'
import { printPages } from '../../ui/print-sheet.ts'
import { QrCode } from '../../ui/QrCode.tsx'
import { saveText } from '../../ui/save-file.ts'

/** As the client of Proxmox Backup names it, so that it is found again beside such files. */
const PRIVATE_FILE = 'master-private.pem'
/** Twenty lines are many squares: on paper they need room to be scanned. */
const PRINTED_QR_SIZE = 520

/** Makes a master key and gives the repository the public part once the private one was put away. */
export function makeMasterKey(repository: Repository): void {
  const id = modals.open({
    title: t('repositories.makeMaster'),
    size: 640,
    closeOnClickOutside: false,
    children: <NewMasterKey repository={repository} onDone={() => modals.close(id)} />,
  })
}

interface NewMasterKeyProps {
  readonly repository: Repository
  readonly onDone: () => void
}

function NewMasterKey({ repository, onDone }: NewMasterKeyProps) {
  const client = useClient()
  const [passphrase, setPassphrase] = useState('')
  const [made, setMade] = useState<Awaited<ReturnType<typeof client.masterKeys.create>>>()
  const create = useCommand(() => client.masterKeys.create({ passphrase }), { done: setMade })
  if (made !== undefined) return <PutAway repository={repository} made={made} onDone={onDone} />
  const isReady = passphrase !== '' && !isTooShort(passphrase)
  return (
    <CommandForm command={create} submit={t('repositories.makeMaster')} isReady={isReady}>
      <p className="hf-2">{t('repositories.makeMasterHelp')}</p>
      <PassphraseField
        label={t('ui.passphrase')}
        description={t('repositories.masterPassphraseHelp')}
        value={passphrase}
        onChange={setPassphrase}
      />
    </CommandForm>
  )
}

interface PutAwayProps extends NewMasterKeyProps {
  readonly made: { readonly publicKey: string; readonly privateKey: string; readonly fingerprint: string }
}

/** Shows the private part the only time it is here: to print, to save, and then to be gone. */
function PutAway({ repository, made: { publicKey, privateKey, fingerprint }, onDone }: PutAwayProps) {
  const app = useApp()
  const [isKept, setKept] = useState(false)
  const use = useCommand(() => app.client.masterKeys.use({ repositoryId: repository.id, text: publicKey }), {
    done: () => {
      notifications.show({ message: t('repositories.masterUsed', { name: repository.name }) })
      onDone()
    },
  })
  const blocks = paperBlocks(privateKey, paperBlockLines.page)
  const print = () => {
    const heading = t('repositories.masterPaper', { name: repository.name, fingerprint })
    printPages(
      blocks.map((block) => ({
        text: `${heading}\n\n${numberedLines(block)}`,
        qrText: block.lines.join('\n'),
        qrSize: PRINTED_QR_SIZE,
      })),
    )
    setKept(true)
  }
  return (
    <>
      <p className="hf-2" style={{ marginBottom: 12 }}>
        {t('repositories.putAway')}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the key scrolls, also by keyboard */}
      <div className="hf-sunken" tabIndex={0} style={{ maxHeight: 300, overflow: 'auto', padding: 12 }}>
        {blocks.map((block, part) => (
          <div key={block.firstLine} style={{ marginBottom: 16 }}>
            <pre className="hf-command" style={{ margin: 0, maxHeight: 'none' }}>
              {numberedLines(block)}
            </pre>
            <QrCode
              text={block.lines.join('\n')}
              label={t('repositories.masterQr', { part: part + 1, parts: blocks.length })}
              size={300}
            />
          </div>
        ))}
      </div>
      <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
        <Button leftSection={<IconPrinter size={16} aria-hidden />} onClick={print}>
          {t('ui.print')}
        </Button>
        <Button
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => {
            saveText(PRIVATE_FILE, privateKey)
            setKept(true)
          }}
        >
          {t('repositories.savePrivate')}
        </Button>
        <Button variant="filled" disabled={!isKept} loading={use.busy} onClick={() => use.run()}>
          {t('repositories.isPutAway')}
        </Button>
      </div>
    </>
  )
}
