import './terminal.css'
import { useEffect, useRef } from 'react'
import { t } from '../../i18n/translate.ts'
import type { Failure } from '../../state/failure.ts'
import { CopyIcon } from '../CopyCommand.tsx'
import { ErrorState } from '../ErrorState.tsx'
import { formatCount } from '../format.ts'
import { MOST_ROWS, plainText, rowText, type TerminalRow, type TerminalState } from './terminal-rows.ts'

interface TerminalSectionProps {
  readonly state: TerminalState
  readonly ended: boolean
  readonly failure: Failure | undefined
}

/** What a job far away prints, as its runner sent it. Follows its end until somebody scrolls up. */
export function TerminalSection({ state: { rows, isCut }, ended, failure }: TerminalSectionProps) {
  return (
    <section aria-labelledby="job-output">
      <div className="hf-row" style={{ height: 28, marginBottom: 4 }}>
        <h2 id="job-output" className="hf-sm hf-med hf-grow">
          {t('runners.output')}
        </h2>
        <CopyIcon value={rows.map(rowText).join('\n')} label={t('runners.copyOutput')} />
      </div>
      {isCut && <p className="hf-sm hf-3">{t('runners.older', { n: formatCount(MOST_ROWS) })}</p>}
      {failure === undefined ? <Terminal rows={rows} ended={ended} /> : <ErrorState failure={failure} />}
    </section>
  )
}

function Terminal({ rows, ended }: { readonly rows: readonly TerminalRow[]; readonly ended: boolean }) {
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change moves the end
  useEffect(() => {
    const element = box.current
    if (element !== null && isAtEnd.current) element.scrollTop = element.scrollHeight
  }, [rows])
  return (
    <div
      ref={box}
      className="hf-sunken hf-terminal"
      role="log"
      aria-live="off"
      aria-labelledby="job-output"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40
      }}
    >
      {rows.length === 0 && <p className="hf-3">{t(ended ? 'runners.noOutput' : 'runners.noOutputYet')}</p>}
      {rows.map((row) => (
        <Row key={row.key} row={row} />
      ))}
    </div>
  )
}

function Row({ row }: { readonly row: TerminalRow }) {
  switch (row.kind) {
    case 'line':
      return <div className={toneOf(row.style) ?? toneOf(row.color) ?? ''}>{plainText(row.text) || '\u00a0'}</div>
    case 'raw':
      return <pre className={row.isError ? 'hf-warn' : ''}>{plainText(row.text)}</pre>
    case 'status':
      return (
        <div className="hf-2">
          <span className={toneOf(row.status) ?? 'hf-3'}>{row.status}</span> {plainText(row.text)}
        </div>
      )
    case 'values':
      return (
        <dl className="hf-terminal-values">
          {row.values.map(({ name, value }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: values never move
            <div key={at}>
              <dt className="hf-2">{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )
    case 'table':
      return <Table row={row} />
    case 'step':
      return (
        <div className="hf-terminal-step">
          <div>
            {plainText(row.text)} <span className={toneOf(row.status) ?? 'hf-3'}>{row.status}</span>
          </div>
          {row.output !== '' && <pre className="hf-2">{plainText(row.output)}</pre>}
        </div>
      )
  }
}

function Table({ row }: { readonly row: Extract<TerminalRow, { kind: 'table' }> }) {
  return (
    <table className="hf-terminal-table">
      {row.headers.length > 0 && (
        <thead>
          <tr>
            {row.headers.map((header, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
              <th key={at} scope="col">
                {header}
              </th>
            ))}
          </tr>
        </thead>
      )}
      <tbody>
        {row.rows.map((cells, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows never move
          <tr key={at}>
            {cells.map(({ text, color }, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells never move
              <td key={column} className={toneOf(color) ?? ''}>
                {text}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Names of styles, colours and states that mean something; whatever else is plain. */
const tones: Readonly<Record<string, string>> = {
  header: 'hf-strong',
  bold: 'hf-strong',
  error: 'hf-bad',
  red: 'hf-bad',
  failed: 'hf-bad',
  warning: 'hf-warn',
  warn: 'hf-warn',
  yellow: 'hf-warn',
  success: 'hf-ok',
  ok: 'hf-ok',
  green: 'hf-ok',
  done: 'hf-ok',
  info: 'hf-2',
}

function toneOf(name: string): string | undefined {
  return tones[name.toLowerCase()]
}
