import { Button, PasswordInput } from '@mantine/core'
import { useState } from 'react'
import { t } from '../i18n/translate.ts'
import { buttonBeside } from './button-beside.tsx'
import { Meter } from './Meter.tsx'
import { generatePassphrase, strengthOf } from './passphrase.ts'

const SHORTEST_PASSPHRASE = 5
const FULL_BITS = 100

export interface PassphraseFieldProps {
  readonly label: string
  readonly description: string
  readonly value: string
  readonly onChange: (value: string) => void
}

/** A passphrase somebody chooses: how strong it is, and one that is suggested. Empty means none. */
export function PassphraseField({ label, description, value, onChange }: PassphraseFieldProps) {
  const [isVisible, setVisible] = useState(false)
  const [suggestion, setSuggestion] = useState<string>()
  const { bits, strength } = strengthOf(value)
  const suggest = () => {
    const made = generatePassphrase()
    setSuggestion(made)
    setVisible(true)
    onChange(made)
  }
  return (
    <div>
      <PasswordInput
        label={label}
        description={description}
        value={value}
        visible={isVisible}
        onVisibilityChange={setVisible}
        error={isTooShort(value) ? t('ui.tooShort', { n: SHORTEST_PASSPHRASE }) : undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
        inputContainer={buttonBeside(<Button onClick={suggest}>{t('keys.suggest')}</Button>)}
      />
      {value !== '' && (
        <div className="hf-row hf-sm hf-2" style={{ marginTop: 8 }} role="status">
          <Meter
            width={96}
            value={bits / FULL_BITS}
            label={t('keys.strength')}
            tone={strength === 'weak' ? 'bad' : strength === 'fair' ? 'warn' : 'accent'}
          />
          <span>{value === suggestion ? t('keys.suggested') : t(`keys.strength_${strength}`)}</span>
        </div>
      )}
    </div>
  )
}

/** Whether the form has to wait for more characters. */
export function isTooShort(passphrase: string): boolean {
  return passphrase !== '' && passphrase.length < SHORTEST_PASSPHRASE
}
