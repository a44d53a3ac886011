import { Kbd } from '@mantine/core'
import { modals } from '@mantine/modals'
import { Fragment } from 'react'
import { screens } from './screens.ts'

const groups: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['Ctrl K', 'All commands'],
      ['/', 'Search all snapshots'],
      ['c', 'Protect a folder'],
      ['?', 'This list'],
      ...screens.map(({ key, name }) => [`g ${key}`, name] as const),
    ],
  },
  {
    title: 'In snapshots',
    keys: [
      ['← →', 'One snapshot back or forward'],
      ['Shift ← →', 'One day back or forward'],
      ['Space', 'Select'],
      ['Enter', 'Open'],
      ['r', 'Restore the selection'],
      ['d', 'Compare'],
    ],
  },
]

/** The list behind `?`. */
export function showShortcuts(): void {
  modals.open({
    modalId: 'shortcuts',
    title: <span className="hf-h4">Keyboard</span>,
    size: 'md',
    children: (
      <div style={{ display: 'grid', gridTemplateColumns: '1fr 1fr', gap: 24 }}>
        {groups.map((group) => (
          <section key={group.title}>
            <h3 className="hf-sm hf-med hf-3" style={{ marginBottom: 8 }}>
              {group.title}
            </h3>
            <dl style={{ display: 'grid', gridTemplateColumns: 'max-content 1fr', gap: '6px 12px' }}>
              {group.keys.map(([keys, meaning]) => (
                <Fragment key={keys + meaning}>
                  <dt>
                    {keys.split(' ').map((key) => (
                      <Kbd key={key} size="xs" mr={4}>
                        {key}
                      </Kbd>
                    ))}
                  </dt>
                  <dd className="hf-2">{meaning}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
    ),
  })
}
