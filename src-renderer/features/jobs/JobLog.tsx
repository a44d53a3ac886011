import { ActionIcon, Button, Menu, TextInput } from '@mantine/core'
import { IconChevronDown, IconSearch } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import type { Job, JobLogLine } from '../../../src-shared/model/job.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { useStream } from '../../state/use-stream.ts'
import { CopyIcon } from '../../ui/CopyCommand.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { formatTimeWithSeconds } from '../../ui/format.ts'
import { addLines, type LogEvent } from './log-lines.ts'

type Level = JobLogLine['level']

const ROW = 20
const levels: readonly { readonly level: Level; readonly label: WordKey }[] = [
  { level: 'debug', label: 'jobs.everything' },
  { level: 'info', label: 'jobs.infoAndAbove' },
  { level: 'warn', label: 'jobs.warningsAndErrors' },
  { level: 'error', label: 'jobs.errorsOnly' },
]

/** The log as it grows, by level and by what it says. Follows its end until somebody scrolls up. */
export function JobLog({ job }: { readonly job: Job }) {
  const [level, setLevel] = useState<Level>('info')
  const [isSearching, setSearching] = useState(false)
  const [text, setText] = useState('')
  const log = useStream<LogEvent, readonly JobLogLine[]>({
    key: `${job.id}:${level}`,
    open: (client, signal) => client.jobs.followLog({ id: job.id, level }, { signal }),
    initial: [],
    apply: addLines,
  })
  const wanted = text.trim().toLowerCase()
  const lines = wanted === '' ? log.state : log.state.filter((line) => lineText(line).toLowerCase().includes(wanted))

  return (
    <section aria-labelledby="job-log" style={{ display: 'flex', flexDirection: 'column', flex: '1 0 220px' }}>
      <div className="hf-row" style={{ height: 28, marginBottom: 4 }}>
        <h2 id="job-log" className="hf-sm hf-med hf-grow">
          {t('jobs.log')}
        </h2>
        {isSearching && (
          <TextInput
            autoFocus
            aria-label={t('jobs.searchLog')}
            placeholder={t('jobs.searchLog')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        <Menu>
          <Menu.Target>
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              rightSection={<IconChevronDown size={14} aria-hidden />}
            >
              {t(levels.find((each) => each.level === level)?.label ?? 'jobs.everything')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {levels.map((each) => (
              <Menu.Item key={each.level} onClick={() => setLevel(each.level)}>
                {t(each.label)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <ActionIcon
          aria-label={t('jobs.searchLog')}
          aria-pressed={isSearching}
          onClick={() => {
            setSearching(!isSearching)
            setText('')
          }}
        >
          <IconSearch size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
        <CopyIcon value={log.state.map(lineText).join('\n')} label={t('jobs.copyLog')} />
      </div>
      {log.failure !== undefined ? (
        <ErrorState failure={log.failure} />
      ) : (
        <Lines lines={lines} isEmptyBecause={emptyWords(wanted, log.ended)} />
      )}
    </section>
  )
}

function Lines({ lines, isEmptyBecause }: { readonly lines: readonly JobLogLine[]; readonly isEmptyBecause: string }) {
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
    paddingStart: 8,
    paddingEnd: 8,
  })
  useEffect(() => {
    if (isAtEnd.current && lines.length > 0) rows.scrollToIndex(lines.length - 1)
  }, [lines.length, rows])
  return (
    <div
      ref={box}
      className="hf-sunken hf-log"
      role="log"
      aria-live="off"
      aria-labelledby="job-log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a log scrolls, also by keyboard
      tabIndex={0}
      style={{ padding: 0 }}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 2 * ROW
      }}
    >
      {lines.length === 0 && (
        <p className="hf-3" style={{ padding: '8px 12px' }}>
          {isEmptyBecause}
        </p>
      )}
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map((row) => {
          const line = lines[row.index]
          if (line === undefined) return null
          return (
            <div
              key={line.id}
              className="hf-log-line"
              data-level={line.level}
              style={{ height: ROW, transform: `translateY(${row.start}px)` }}
            >
              <span>{formatTimeWithSeconds(line.at)}</span>
              <span>{line.level}</span>
              <span className="hf-ell" title={messageText(line)}>
                {messageText(line)}
              </span>
            </div>
          )
        })}
      </div>
    </div>
  )
}

function messageText({ message, path }: JobLogLine): string {
  return path === undefined ? message : `${message} ${displayPath(path)}`
}

function lineText(line: JobLogLine): string {
  return `${formatTimeWithSeconds(line.at)} ${line.level} ${messageText(line)}`
}

function emptyWords(wanted: string, ended: boolean): string {
  if (wanted !== '') return t('jobs.noLine')
  return ended ? t('jobs.nothingLogged') : t('jobs.nothingLoggedYet')
}
