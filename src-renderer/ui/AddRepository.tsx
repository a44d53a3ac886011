import { ActionIcon, Button, PasswordInput, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { modals } from '@mantine/modals'
import { IconFolderOpen } from '@tabler/icons-react'
import { useState } from 'react'
import { Trans } from 'react-i18next'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import type { RepositoryVerdict } from '../../src-shared/contract/repositories.ts'
import type { Repository } from '../../src-shared/model/repository.ts'
import { t } from '../i18n/translate.ts'
import { useClient, useSharedValue } from '../state/use-app.tsx'
import { useCommand } from '../state/use-command.ts'
import { useQuery } from '../state/use-query.ts'
import { CasyncFields } from './CasyncFields.tsx'
import { noExtras, takesExtras, withExtras } from './casync-extras.ts'
import { pickFolder } from './FolderPicker.tsx'
import { formatCounted } from './format.ts'
import { KeySelect } from './KeySelect.tsx'
import { isTooShort, PassphraseField } from './PassphraseField.tsx'
import { Verdict } from './Verdict.tsx'
import { capitalise, lastComponent } from './words.ts'

/** Asks for an address, looks at it without changing anything, then creates the repository or adopts what is there. */
export function addRepository(onAdded: (repository: Repository) => void): void {
  const id = modals.open({
    title: t('common.addRepository'),
    size: 560,
    children: (
      <AddRepository
        onAdded={(repository) => {
          modals.close(id)
          onAdded(repository)
        }}
      />
    ),
  })
}

function AddRepository({ onAdded }: { readonly onAdded: (repository: Repository) => void }) {
  const client = useClient()
  const host = useSharedValue('info')?.host
  const [address, setAddress] = useState('')
  const [name, setName] = useState<string>()
  const [extras, setExtras] = useState(noExtras)
  const typed = withExtras(address.trim(), extras)
  const [settled] = useDebouncedValue(typed, 500)
  const [secret, setSecret] = useState('')
  const [settledSecret] = useDebouncedValue(secret, 500)
  const [trusted, setTrusted] = useState<{ readonly address: string; readonly fingerprint: string }>()
  const credentials = {
    ...(settledSecret === '' ? {} : { secret: settledSecret }),
    ...(trusted?.address === settled ? { fingerprint: trusted.fingerprint } : {}),
  }
  const test = useQuery(
    ['test', settled, settledSecret, credentials.fingerprint],
    (api, signal) => api.repositories.test({ address: settled, ...credentials }, { signal }),
    { enabled: settled !== '' },
  )
  const verdict = test.state === 'ready' && settled === typed && settled !== '' ? test.value : undefined
  const shownName = name ?? suggestName(settled)
  const [namespace, setNamespace] = useState('')
  const [encryption, setEncryption] = useState<Encryption>({})
  const canEncrypt = verdict?.capabilities.includes('encryption') === true
  const add = useCommand(
    async (create: boolean) => {
      const added = await client.repositories.add({
        address: settled,
        name: shownName,
        create,
        ...credentials,
        ...(namespace === '' ? {} : { namespace }),
        ...(canEncrypt && encryption.keyId !== undefined ? { keyId: encryption.keyId } : {}),
      })
      if (!canEncrypt || encryption.passphrase === undefined) return added
      // Afterwards, so that no key is left over of a repository that could not be added.
      const { passphrase } = encryption
      const key = await client.keys.create({ name: shownName, ...(passphrase === '' ? {} : { passphrase }) })
      return client.repositories.setKey({ id: added.id, keyId: key.id })
    },
    { done: onAdded },
  )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (verdict !== undefined && canAdd(verdict)) void add.run(verdict.state !== 'ready')
      }}
      style={{ display: 'flex', flexDirection: 'column', gap: 12 }}
    >
      <TextInput
        label={t('ui.address')}
        description={t('ui.addressHelp')}
        placeholder="/mnt/backup/holdfast"
        classNames={{ input: 'hf-mono' }}
        data-autofocus
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
        rightSection={
          <ActionIcon
            aria-label={t('ui.chooseFolder')}
            size={24}
            onClick={() =>
              void pickFolder(client, host, { title: t('ui.chooseFolderForSnapshots') }).then(
                (path) => path && setAddress(path),
              )
            }
          >
            <IconFolderOpen size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        }
      />
      <div role="status" style={{ minHeight: 20 }}>
        {settled !== '' && test.state === 'loading' && <span className="hf-2 hf-late">{t('common.looking')}</span>}
        {test.state === 'failed' && <span className="hf-bad">{test.failure.hint ?? test.failure.message}</span>}
        {verdict !== undefined && <Verdict verdict={verdict} isWhole />}
      </div>
      {verdict?.state === 'untrusted' && verdict.fingerprint !== undefined && (
        <Fingerprint
          fingerprint={verdict.fingerprint}
          onTrust={(fingerprint) => setTrusted({ address: settled, fingerprint })}
        />
      )}
      {takesExtras(address.trim()) && <CasyncFields address={address.trim()} extras={extras} onChange={setExtras} />}
      {isServer(settled) && (
        <PasswordInput
          label={t('ui.password')}
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
        />
      )}
      {verdict?.datastores !== undefined && verdict.datastores.length > 0 && (
        <Select
          label={t('ui.datastore')}
          description={t('ui.datastoreHelp')}
          allowDeselect={false}
          data={verdict.datastores.map(({ name, address: value }) => ({ value, label: name }))}
          value={verdict.datastores.find((each) => isAt(settled, each.name))?.address ?? null}
          onChange={(value) => {
            if (value === null) return
            setAddress(value)
            // It is the same server, whose certificate was compared.
            if (trusted !== undefined) setTrusted({ ...trusted, address: value })
          }}
        />
      )}
      {verdict?.namespaces?.some((each) => each !== '') && (
        <Select
          label={t('ui.namespace')}
          description={t('ui.namespaceHelp')}
          allowDeselect={false}
          data={verdict.namespaces.map((each) => ({ value: each, label: each === '' ? t('ui.atTheTop') : each }))}
          value={namespace}
          onChange={(value) => setNamespace(value ?? '')}
        />
      )}
      {verdict !== undefined && canAdd(verdict) && canEncrypt && (
        <>
          <KeySelect
            keyId={encryption.keyId}
            label={t('keys.encryptionKey')}
            description={t('keys.keyForNewHelp')}
            onChange={(keyId) => setEncryption(keyId === undefined ? {} : { keyId })}
            later={{
              isChosen: encryption.passphrase !== undefined,
              choose: () => setEncryption({ passphrase: '' }),
            }}
          />
          {encryption.passphrase !== undefined && (
            <PassphraseField
              label={t('ui.passphrase')}
              description={t('keys.newWithRepository')}
              value={encryption.passphrase}
              onChange={(passphrase) => setEncryption({ passphrase })}
            />
          )}
        </>
      )}
      <TextInput
        label={t('common.name')}
        maxLength={100}
        value={shownName}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        type="submit"
        variant="filled"
        loading={add.busy}
        disabled={
          verdict === undefined ||
          !canAdd(verdict) ||
          shownName.trim() === '' ||
          isTooShort(encryption.passphrase ?? '')
        }
        style={{ alignSelf: 'flex-end' }}
      >
        {verdict?.state === 'ready' || isServer(settled)
          ? verdict !== undefined && verdict.snapshots > 0
            ? t('ui.connectCounted', { snapshots: formatCounted(verdict.snapshots, 'snapshot') })
            : t('ui.connectRepository')
          : t('ui.createRepository')}
      </Button>
    </form>
  )
}

/** What new backups are encrypted with: a key that is there, a new one under a passphrase, which may be empty, or nothing. */
interface Encryption {
  readonly keyId?: EncryptionKey['id']
  readonly passphrase?: string
}

interface FingerprintProps {
  readonly fingerprint: string
  readonly onTrust: (fingerprint: string) => void
}

/** Trust on first use, by a person who compared it; another one stops everything from then on. */
export function Fingerprint({ fingerprint, onTrust }: FingerprintProps) {
  return (
    <div className="hf-card" style={{ padding: '12px 16px' }}>
      <p>
        <Trans
          i18nKey="ui.certificate"
          components={{ command: <span className="hf-mono">proxmox-backup-manager cert info</span> }}
        />
      </p>
      <p className="hf-mono" style={{ overflowWrap: 'anywhere', margin: '8px 0' }}>
        {fingerprint.slice(0, 48)}
        <wbr />
        {fingerprint.slice(48)}
      </p>
      <Button onClick={() => onTrust(fingerprint)}>{t('ui.trustIt')}</Button>
    </div>
  )
}

/** A Proxmox Backup Server, in either notation: somebody logs in there. */
export function isServer(address: string): boolean {
  return /^pbs:\/\//.test(address) || /^[^/\s]+@[^/\s]+:/.test(address)
}

/** Whether an address ends in this datastore. */
function isAt(address: string, datastore: string): boolean {
  const [withoutQuery = ''] = address.split('?')
  return withoutQuery.endsWith(`/${datastore}`) || withoutQuery.endsWith(`:${datastore}`)
}

function canAdd(verdict: RepositoryVerdict): boolean {
  return verdict.state === 'ready' || verdict.state === 'empty' || verdict.state === 'missing'
}

/** The last part of the address, without what only a machine needs. */
function suggestName(address: string): string {
  const [withoutQuery = ''] = (/^[^/\s]+@[^/\s]+:/.test(address) ? address.replace(/^.*:/, '') : address).split('?')
  return capitalise(lastComponent(withoutQuery).replace(/\.castr$/, '')).slice(0, 100)
}
