import { Kbd, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useLocation, useNavigate, useSearchParams } from 'react-router'
import { t } from '../i18n/translate.ts'
import { useSharedValue } from '../state/use-app.tsx'
import { formatCounted } from '../ui/format.ts'

/** The id that `/` looks for. */
export const SEARCH_FIELD_ID = 'global-search'

const PAUSE_MS = 180

/** Search across all snapshots. Results open as soon as there is something to look for. */
export function SearchField() {
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const [params] = useSearchParams()
  const onSearch = pathname === '/search'
  const asked = onSearch ? (params.get('q') ?? '') : ''
  const [text, setText] = useState(asked)
  useEffect(() => setText(asked), [asked])

  const lineages = useSharedValue('lineages')
  const snapshots = lineages?.reduce((sum, lineage) => sum + lineage.snapshots, 0) ?? 0

  const go = (query: string) => {
    if (query.trim() === '' && !onSearch) return
    const next = new URLSearchParams(onSearch ? params : undefined)
    next.set('q', query)
    void navigate(`/search?${next}`, { replace: onSearch })
  }
  const goSoon = useDebouncedCallback(go, PAUSE_MS)
  const placeholder =
    snapshots === 0
      ? t('shell.searchHint')
      : t('shell.searchHintCounted', { snapshots: formatCounted(snapshots, 'snapshot') })

  return (
    <search className="hf-search">
      <TextInput
        id={SEARCH_FIELD_ID}
        type="search"
        aria-label={t('shell.searchAll')}
        aria-keyshortcuts="/"
        placeholder={placeholder}
        leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
        rightSection={<Kbd size="xs">/</Kbd>}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          goSoon(event.currentTarget.value)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(text)
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
    </search>
  )
}
