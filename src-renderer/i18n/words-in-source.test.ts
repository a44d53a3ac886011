import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseSync } from 'rolldown/utils'
import { expect, test } from 'vitest'
import { english } from './en.ts'

const root = new URL('..', import.meta.url).pathname
const files = sourceFiles(root)
const en: Readonly<Record<string, Readonly<Record<string, string>>>> = english

test('the window uses every text', () => {
  const source = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  // Names that are put together: t(`count.${noun}`).
  const prefixes = [...source.matchAll(/`(\w+\.[\w-]*)\$\{/g)].map(([, prefix]) => prefix ?? '')
  const isUsed = (key: string) =>
    source.includes(`'${key}'`) || source.includes(`"${key}"`) || prefixes.some((prefix) => key.startsWith(prefix))
  const unused = Object.entries(en).flatMap(([feature, texts]) =>
    Object.keys(texts)
      .map((name) => `${feature}.${name.replace(/_(one|other)$/, '')}`)
      .filter((key) => !isUsed(key)),
  )
  expect([...new Set(unused)]).toEqual([])
})

test('the window has no words outside of the texts', () => {
  const words = files.flatMap((file) => wordsIn(file).map((text) => `${relative(root, file)}: ${text}`))
  expect(words).toEqual([])
})

/** A file of the window that may hold words: no test, none of the texts themselves. */
function sourceFiles(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) && !/^i18n[/\\](en|de)/.test(name))
    .map((name) => join(root, name))
}

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

/** Attributes that a person reads or hears. */
const spokenAttributes = new Set([
  'label',
  'aria-label',
  'aria-description',
  'aria-valuetext',
  'alt',
  'title',
  'placeholder',
  'description',
  'nothingFound',
])

/** What is the same in every language, or is typed rather than read. */
const notWords = /^(Holdfast|@pbs|proxmox-backup-manager cert info|openssl x509 [\w .-]+|English|Deutsch)$|^\/|^[a-z]$/

/** Words of a source file that stand in the code instead of in the texts: between tags, in attributes, as sentences. */
function wordsIn(file: string): readonly string[] {
  const source = readFileSync(file, 'utf8')
  const { program } = parseSync(file, source, { lang: file.endsWith('x') ? 'tsx' : 'ts' })
  const found: string[] = []
  const add = (text: string) => {
    const trimmed = text.trim()
    if (/\p{L}{2}|^\p{L}$/u.test(trimmed) && !notWords.test(trimmed)) found.push(trimmed)
  }
  const visit = (value: unknown, parents: readonly Node[]): void => {
    if (Array.isArray(value)) {
      for (const each of value) visit(each, parents)
      return
    }
    if (!isNode(value)) return
    if (value.type === 'ImportDeclaration' || value.type.startsWith('TSLiteral')) return
    // What is thrown at a programmer is not shown to a person.
    if (value.type === 'ThrowStatement') return
    if (value.type === 'JSXText') add(String(value.value))
    const parent = parents.at(-1)
    if (value.type === 'Literal' && typeof value.value === 'string') {
      if (parent?.type === 'JSXAttribute' && isSpoken(parent, value.value)) add(value.value)
      else if (isSentence(value.value)) add(value.value)
    }
    if (value.type === 'TemplateLiteral' && isSentence(quasisOf(value))) add(quasisOf(value))
    for (const [field, child] of Object.entries(value)) if (field !== 'type') visit(child, [...parents, value])
  }
  visit(program, [])
  return found
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function isSpoken({ name }: Node, text: string): boolean {
  if (!isNode(name)) return false
  // One word without a capital in an empty field is an example to type: `mail.example.org`.
  if (name.name === 'placeholder' && /^[^\s\p{Lu}]+$/u.test(text)) return false
  return spokenAttributes.has(String(name.name))
}

/** `Nothing is chosen.`, `Last run`: a capital, then words. Class names, keys and media queries are none. */
function isSentence(text: string): boolean {
  return /^\p{Lu}\p{Ll}+[,:]? \p{Ll}{2,}/u.test(text.trim()) || /^\p{L}[\p{L} ,]+ \p{L}+\.$/u.test(text.trim())
}

function quasisOf(template: Node): string {
  const { quasis } = template
  if (!Array.isArray(quasis)) return ''
  return quasis.map((quasi: { readonly value?: { readonly cooked?: string } }) => quasi.value?.cooked ?? '').join('…')
}
