import { Kbd } from '@mantine/core'
import { modals } from '@mantine/modals'
import { Fragment } from 'react'
import { t, type WordKey } from '../i18n/translate.ts'
import { screens } from './screens.ts'

/** Keys pressed together or one after another; a word of the keyboard by its text, anything else as it is printed. */
type Keys = readonly (WordKey | '/' | '?' | '←' | '→' | '↑' | '↓' | Lowercase<string>)[]

interface Group {
  readonly title: WordKey
  readonly keys: readonly (readonly [keys: Keys, meaning: WordKey])[]
}

const groups: readonly Group[] = [
  {
    title: 'shell.everywhere',
    keys: [
      [['shell.keyCtrl', 'k'], 'shell.allCommands'],
      [['/'], 'shell.searchAll'],
      [['c'], 'common.protectFolder'],
      [['shell.keyEscape'], 'shell.closePanel'],
      [['?'], 'shell.thisList'],
      ...screens.map(({ key, name }) => [['g', key], name] as const),
    ],
  },
  {
    title: 'shell.inSnapshots',
    keys: [
      [['←', '→'], 'shell.oneSnapshot'],
      [['shell.keyShift', '←', '→'], 'shell.oneDay'],
      [['r'], 'shell.restoreSelection'],
      [['d'], 'common.compare'],
      [['shell.keyBackspace'], 'shell.oneUp'],
    ],
  },
  {
    title: 'shell.inLists',
    keys: [
      [['↑', '↓'], 'shell.select'],
      [['shell.keySpace'], 'shell.select'],
      [['shell.keyShift', '↑', '↓'], 'shell.selectRange'],
      [['shell.keyCtrl', 'a'], 'shell.selectAll'],
      [['shell.keyEnter'], 'shell.open'],
      [['←', '→'], 'shell.expandFold'],
      [['shell.keyHome', 'shell.keyEnd'], 'shell.firstLast'],
    ],
  },
  {
    title: 'shell.inCompare',
    keys: [
      [['n'], 'shell.nextChange'],
      [['p'], 'shell.previousChange'],
      [['r'], 'shell.restoreLeft'],
    ],
  },
  { title: 'shell.inActivity', keys: [[['shell.keyAlt', '↑', '↓'], 'shell.moveWaiting']] },
]

/** The list behind `?`. */
export function showShortcuts(): void {
  modals.open({
    modalId: 'shortcuts',
    title: t('shell.keyboard'),
    size: 760,
    children: (
      <div className="hf-keys">
        {groups.map((group) => (
          <section key={group.title}>
            <h3 className="hf-sm hf-med hf-3" style={{ marginBottom: 8 }}>
              {t(group.title)}
            </h3>
            <dl>
              {group.keys.map(([keys, meaning]) => (
                <Fragment key={keys.join(' ')}>
                  <dt>
                    {keys.map((key) => (
                      <Kbd key={key} size="xs" mr={4}>
                        {isWord(key) ? t(key) : key}
                      </Kbd>
                    ))}
                  </dt>
                  <dd className="hf-2">{t(meaning)}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
    ),
  })
}

function isWord(key: Keys[number]): key is WordKey {
  return key.startsWith('shell.')
}
