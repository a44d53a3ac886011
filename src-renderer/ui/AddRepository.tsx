import { ActionIcon, Button, PasswordInput, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { modals } from '@mantine/modals'
import { IconFolderOpen } from '@tabler/icons-react'
import { useState } from 'react'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import type { RepositoryVerdict } from '../../src-shared/contract/repositories.ts'
import type { Repository } from '../../src-shared/model/repository.ts'
import { t } from '../i18n/translate.ts'
import { useClient, useSharedValue } from '../state/use-app.tsx'
import { useCommand } from '../state/use-command.ts'
import { useQuery } from '../state/use-query.ts'
import { BucketFields, SecretKey } from './BucketFields.tsx'
import { bucketAddress, isBucket, noBucket } from './bucket-address.ts'
import { CasyncFields } from './CasyncFields.tsx'
import { noExtras, takesExtras, withExtras } from './casync-extras.ts'
import { Fingerprint } from './Fingerprint.tsx'
import { pickFolder } from './FolderPicker.tsx'
import { formatCounted } from './format.ts'
import { KeySelect } from './KeySelect.tsx'
import { isTooShort, PassphraseField } from './PassphraseField.tsx'
import { certifiedPart, isServer, suggestName } from './repository-address.ts'
import { Verdict } from './Verdict.tsx'

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
  // Undefined while an address is typed as a whole.
  const [bucket, setBucket] = useState<typeof noBucket>()
  const typed = bucket === undefined ? withExtras(address.trim(), extras) : bucketAddress(bucket)
  const [settled] = useDebouncedValue(typed, 500)
  const [secret, setSecret] = useState('')
  const [settledSecret] = useDebouncedValue(secret, 500)
  const [trusted, setTrusted] = useState<{ readonly address: string; readonly fingerprint: string }>()
  const credentials = {
    ...(settledSecret === '' ? {} : { secret: settledSecret }),
    ...(trusted !== undefined && certifiedPart(trusted.address) === certifiedPart(settled)
      ? { fingerprint: trusted.fingerprint }
      : {}),
  }
  // A store that is asked without the secret only says that it refuses.
  const canLook = settled !== '' && (bucket === undefined || settledSecret !== '')
  const test = useQuery(
    ['test', settled, settledSecret, credentials.fingerprint],
    (api, signal) => api.repositories.test({ address: settled, ...credentials }, { signal }),
    { enabled: canLook },
  )
  const isSettled = settled === typed && (bucket === undefined || settledSecret === secret)
  const verdict = test.state === 'ready' && canLook && isSettled ? test.value : undefined
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
      <SegmentedControl
        aria-label={t('ui.kindOfPlace')}
        data={[
          { value: 'address', label: t('ui.placeAddress') },
          { value: 'bucket', label: t('ui.placeBucket') },
        ]}
        value={bucket === undefined ? 'address' : 'bucket'}
        onChange={(place) => setBucket(place === 'bucket' ? noBucket : undefined)}
        style={{ alignSelf: 'flex-start' }}
      />
      {bucket === undefined ? (
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
      ) : (
        <BucketFields fields={bucket} onChange={setBucket} secret={secret} onSecret={setSecret} />
      )}
      <div role="status" style={{ minHeight: 20 }}>
        {canLook && test.state === 'loading' && <span className="hf-2 hf-late">{t('common.looking')}</span>}
        {test.state === 'failed' && <span className="hf-bad">{test.failure.hint ?? test.failure.message}</span>}
        {verdict !== undefined && <Verdict verdict={verdict} isWhole />}
      </div>
      {verdict?.state === 'untrusted' && verdict.fingerprint !== undefined && (
        <Fingerprint
          kind={verdict.kind}
          fingerprint={verdict.fingerprint}
          onTrust={(fingerprint) => setTrusted({ address: settled, fingerprint })}
        />
      )}
      {bucket === undefined && takesExtras(address.trim()) && (
        <CasyncFields address={address.trim()} extras={extras} onChange={setExtras} />
      )}
      {bucket === undefined && isBucket(settled) && <SecretKey value={secret} onChange={setSecret} />}
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

/** Whether an address ends in this datastore. */
function isAt(address: string, datastore: string): boolean {
  const [withoutQuery = ''] = address.split('?')
  return withoutQuery.endsWith(`/${datastore}`) || withoutQuery.endsWith(`:${datastore}`)
}

function canAdd(verdict: RepositoryVerdict): boolean {
  return verdict.state === 'ready' || verdict.state === 'empty' || verdict.state === 'missing'
}
