import { Group, NumberInput, Select } from '@mantine/core'
import { useState } from 'react'
import { t } from '../i18n/translate.ts'

const units = { MiB: 2 ** 20, GiB: 2 ** 30 } as const
type Unit = keyof typeof units

export interface ByteInputProps {
  readonly label: string
  readonly value: number | undefined
  readonly onChange: (bytes: number | undefined) => void
  readonly suffix?: string
}

/** A size or a rate in the unit a person thinks in. Empty means none. */
export function ByteInput({ label, value, onChange, suffix = '' }: ByteInputProps) {
  const [unit, setUnit] = useState<Unit>(value !== undefined && value >= units.GiB ? 'GiB' : 'MiB')
  const change = (amount: number | string, of: Unit) => {
    const bytes = typeof amount === 'number' && amount > 0 ? Math.round(amount * units[of]) : undefined
    onChange(bytes)
  }
  return (
    <Group gap="xs" wrap="nowrap">
      <NumberInput
        aria-label={label}
        placeholder={t('ui.noLimit')}
        min={0}
        decimalScale={2}
        value={value === undefined ? '' : Math.round((value / units[unit]) * 100) / 100}
        onChange={(amount) => change(amount, unit)}
        w={132}
      />
      <Select
        aria-label={t('ui.unitOf', { label })}
        data={Object.keys(units).map((name) => ({ value: name, label: name + suffix }))}
        value={unit}
        onChange={(next) => {
          if (next !== 'MiB' && next !== 'GiB') return
          setUnit(next)
          if (value !== undefined) change(value / units[unit], next)
        }}
        w={100}
      />
    </Group>
  )
}
