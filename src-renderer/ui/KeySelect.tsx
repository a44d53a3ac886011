import { Select } from '@mantine/core'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { useApp, useSharedValue } from '../state/use-app.tsx'
import { createKey } from './NewKey.tsx'

export interface KeySelectProps {
  /** Undefined: nothing is encrypted. */
  readonly keyId: EncryptionKey['id'] | undefined
  /** What a new key is called unless somebody says otherwise. */
  readonly suggestedName?: string
  readonly onChange: (keyId: EncryptionKey['id'] | undefined) => void
  /** Where a new key is made later, with the rest of a dialog, which a second one would take away. */
  readonly later?: { readonly isChosen: boolean; readonly choose: () => void } | undefined
  readonly label?: string
  readonly description?: string
  readonly width?: number
}

const NONE = 'none'
const NEW = 'new'

/** A key of this computer, none, or one that is made here and now. */
export function KeySelect({
  keyId,
  suggestedName = 'main',
  onChange,
  later,
  label,
  description,
  width,
}: KeySelectProps) {
  const app = useApp()
  const keys = useSharedValue('keys') ?? []
  const choose = (value: string | null) => {
    if (value !== NEW) return onChange(keys.find(({ id }) => id === value)?.id)
    if (later !== undefined) return later.choose()
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
      value={later?.isChosen === true ? NEW : keyId !== undefined && keys.some(({ id }) => id === keyId) ? keyId : NONE}
      onChange={choose}
    />
  )
}
