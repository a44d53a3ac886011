import { afterEach, describe, expect, test } from 'vitest'
import { german } from './de.ts'
import { english } from './en.ts'
import { resolveLanguage } from './language-setting.ts'
import { errorMessage, translateFailure, translateSaid } from './said.ts'
import { setLanguage, t } from './translate.ts'

type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>
const en: Texts = english
const de: Texts = german

afterEach(() => setLanguage('en'))

describe('both languages', () => {
  test('have the same texts', () => {
    const names = (texts: Texts) =>
      Object.entries(texts).flatMap(([feature, each]) => Object.keys(each).map((name) => `${feature}.${name}`))
    expect(names(de).toSorted()).toEqual(names(en).toSorted())
  })

  test('fill in the same values', () => {
    const slots = (text: string | undefined) =>
      [...new Set([...(text ?? '').matchAll(/\{\{(\w+)|<\/?(\w+)/g)].map(([, slot, tag]) => slot ?? tag ?? ''))]
        .toSorted()
        .join(' ')
    const differing = Object.entries(en).flatMap(([feature, texts]) =>
      Object.entries(texts)
        // A form of the plural may say its number in words.
        .filter(([name]) => !/_one$/.test(name))
        .filter(([name, text]) => slots(text) !== slots(de[feature]?.[name]))
        .map(([name]) => `${feature}.${name}`),
    )
    expect(differing).toEqual([])
  })

  test('have a text for one wherever there is one for several', () => {
    const alone = Object.entries(en).flatMap(([feature, texts]) =>
      Object.keys(texts)
        .filter((name) => name.endsWith('_other') && texts[name.replace(/_other$/, '_one')] === undefined)
        .map((name) => `${feature}.${name}`),
    )
    expect(alone).toEqual([])
  })
})

test('numbers and plurals follow the language', () => {
  expect(t('count.file', { count: 1200 })).toBe('1,200 files')
  setLanguage('de')
  expect([t('count.file', { count: 1 }), t('count.file', { count: 1200 })]).toEqual(['1 Datei', '1.200 Dateien'])
})

test('what the other side says in English is said anew, details stay', () => {
  setLanguage('de')
  expect(translateSaid('Waits until “Back up Photos” has ended.')).toBe('Wartet, bis „Back up Photos“ fertig ist.')
  expect(translateSaid('Back up Home folder (1.2)')).toBe('Home folder (1.2) sichern')
  const plain = ' It is reached by plain http: what is not encrypted can be read on the way.'
  expect(translateFailure(`There is a repository with 2 snapshots; it can be used.${plain}`)).toBe(
    'Hier liegt ein Repository mit 2 Snapshots; es kann benutzt werden. Der Weg dorthin ist einfaches http: Was nicht verschlüsselt ist, kann unterwegs gelesen werden.',
  )
  expect(translateSaid('Something nobody has said before')).toBe('Something nobody has said before')
  expect(errorMessage({ code: 'disk/full', message: 'The disk is full. /mnt/atlas' })).toBe(
    'Der Datenträger ist voll. /mnt/atlas',
  )
  expect(translateFailure('The disk is full. /mnt/atlas')).toBe('Der Datenträger ist voll. /mnt/atlas')
})

test('the language of the system is taken where there is one', () => {
  expect(resolveLanguage('system', ['fr-FR', 'de-AT', 'en-US'])).toBe('de')
  expect(resolveLanguage('system', ['fr-FR'])).toBe('en')
  expect(resolveLanguage('en', ['de-DE'])).toBe('en')
})
