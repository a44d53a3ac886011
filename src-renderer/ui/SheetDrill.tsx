import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type EncryptionKey, provingGroups } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { useClient } from '../state/use-app.tsx'
import { useCommand } from '../state/use-command.ts'
import { chooseGroups } from './choose-groups.ts'

export interface SheetDrillProps {
  readonly encryptionKey: EncryptionKey
  /** How many groups the sheet has. */
  readonly groups: number
  readonly onProven: () => void
}

/** Asks for some groups of the key, which only the paper says. */
export function SheetDrill({ encryptionKey: { id }, groups, onProven }: SheetDrillProps) {
  const client = useClient()
  const [asked] = useState(() => chooseGroups(groups, provingGroups))
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({})
  const prove = useCommand(
    () => client.keys.proveSheet({ id, typed: asked.map((at) => ({ at, text: typed[at] ?? '' })) }),
    { done: onProven },
  )
  return (
    <form
      className="hf-sunken"
      style={{ padding: 12, marginTop: 16, display: 'flex', flexDirection: 'column', gap: 8 }}
      aria-label={t('keys.drill')}
      onSubmit={(event) => {
        event.preventDefault()
        void prove.run()
      }}
    >
      <p className="hf-2 hf-sm">{t('keys.drillHelp')}</p>
      <div className="hf-row" style={{ alignItems: 'flex-end' }}>
        {asked.map((at) => (
          <TextInput
            key={at}
            w={96}
            label={t('keys.group', { n: at })}
            classNames={{ input: 'hf-mono' }}
            autoComplete="off"
            spellCheck={false}
            maxLength={8}
            value={typed[at] ?? ''}
            onChange={(event) => setTyped({ ...typed, [at]: event.currentTarget.value })}
          />
        ))}
        <span className="hf-grow" />
        <Button
          type="submit"
          variant="filled"
          loading={prove.busy}
          disabled={asked.some((at) => (typed[at] ?? '').trim() === '')}
        >
          {t('keys.drillDone')}
        </Button>
      </div>
    </form>
  )
}
