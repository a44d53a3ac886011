import { Select } from '@mantine/core'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { useApp, useSharedValue } from '../state/use-app.tsx'
import { createKey } from './NewKey.tsx'

export interface KeySelectProps {
  /** Undefined: nothing is encrypted. */
  readonly keyId: EncryptionKey['id'] | undefined
  /** What a new key is called unless somebody says otherwise. */
  readonly suggestedName: string
  readonly onChange: (keyId: EncryptionKey['id'] | undefined) => void
  readonly label?: string
  readonly description?: string
  readonly width?: number
}

const NONE = 'none'
const NEW = 'new'

/** A key of this computer, none, or one that is made here and now. */
export function KeySelect({ keyId, suggestedName, onChange, label, description, width }: KeySelectProps) {
  const app = useApp()
  const keys = useSharedValue('keys') ?? []
  const choose = (value: string | null) => {
    if (value !== NEW) return onChange(keys.find(({ id }) => id === value)?.id)
    createKey(suggestedName, ({ id }) => {
      app.keys.reload()
      onChange(id)
    })
  }
  return (
    <Select
      {...(width === undefined ? {} : { w: width })}
      {...(label === undefined ? { 'aria-label': t('keys.encryptionKey') } : { label })}
      description={description}
      allowDeselect={false}
      data={[
        { value: NONE, label: t('keys.notEncrypted') },
        ...keys.map(({ id, name }) => ({ value: id, label: t('keys.withKey', { name }) })),
        { value: NEW, label: t('keys.newOne') },
      ]}
      value={keys.some(({ id }) => id === keyId) && keyId !== undefined ? keyId : NONE}
      onChange={choose}
    />
  )
}
