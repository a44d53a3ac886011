import { useEffect, useRef } from 'react'
import type { ServerLogLine } from '../../../src-shared/model/server.ts'
import { t } from '../../i18n/translate.ts'
import { formatTimeWithSeconds } from '../../ui/format.ts'

const tones = { info: '', warn: 'hf-warn', error: 'hf-bad' } as const

/** What a server said since Holdfast started; follows its end until somebody scrolls up. */
export function ServerLog({ lines }: { readonly lines: readonly ServerLogLine[] }) {
  const box = useRef<HTMLPreElement>(null)
  const isFollowing = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line moves the end
  useEffect(() => {
    const element = box.current
    if (element !== null && isFollowing.current) element.scrollTop = element.scrollHeight
  }, [lines.length])
  return (
    <section aria-labelledby="server-log">
      <h2 id="server-log" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('services.log')}
      </h2>
      <pre
        ref={box}
        className="hf-card hf-mono hf-server-log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isFollowing.current = scrollHeight - scrollTop - clientHeight < 24
        }}
      >
        {lines.length === 0 ? (
          <span className="hf-3">{t('services.nothingLogged')}</span>
        ) : (
          lines.map(({ id, at, level, message }) => (
            <div key={id} className={tones[level]}>
              <span className="hf-3">{formatTimeWithSeconds(at)}</span> {message}
            </div>
          ))
        )}
      </pre>
    </section>
  )
}
