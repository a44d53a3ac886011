import {
  type Icon,
  IconBook2,
  IconDeviceFloppy,
  IconFile,
  IconFileCode,
  IconFileDatabase,
  IconFileMusic,
  IconFileText,
  IconFileTypePdf,
  IconFileZip,
  IconFolder,
  IconLink,
  IconMovie,
  IconPhoto,
  IconPlug,
  IconPresentation,
  IconTable,
} from '@tabler/icons-react'
import type { Entry, EntryKind } from '../../src-shared/model/entry.ts'
import { t, type WordKey } from '../i18n/translate.ts'

interface Look {
  readonly icon: Icon
  readonly word: string
}

interface KnownLook {
  readonly icon: Icon
  readonly word: WordKey
}

type Row = readonly [extensions: string, word: WordKey, icon: Icon]

const byExtension = new Map<string, KnownLook>(
  (
    [
      ['md markdown', 'ui.kindMarkdown', IconFileText],
      ['txt log', 'ui.kindText', IconFileText],
      ['doc docx odt rtf pages', 'ui.kindDocument', IconFileText],
      ['pdf', 'ui.kindPdf', IconFileTypePdf],
      ['xls xlsx ods numbers', 'ui.kindSpreadsheet', IconTable],
      ['csv tsv', 'ui.kindCsv', IconTable],
      ['ppt pptx odp key', 'ui.kindSlides', IconPresentation],
      ['bib', 'ui.kindBibtex', IconBook2],
      ['epub mobi', 'ui.kindBook', IconBook2],
      ['tex', 'ui.kindLatex', IconFileCode],
      ['json', 'ui.kindJson', IconFileCode],
      ['xml html htm svg css', 'ui.kindMarkup', IconFileCode],
      ['yaml yml toml ini conf', 'ui.kindSettings', IconFileCode],
      ['ts tsx js jsx mjs cjs', 'ui.kindJavascript', IconFileCode],
      ['py rb go rs c h cpp hpp java kt swift php sh bash pl lua r jl sql', 'ui.kindCode', IconFileCode],
      ['jpg jpeg', 'ui.kindJpeg', IconPhoto],
      ['png gif webp avif bmp tif tiff heic', 'ui.kindImage', IconPhoto],
      ['nef cr2 cr3 arw dng raf', 'ui.kindRawPhoto', IconPhoto],
      ['mp4 mov mkv avi webm m4v', 'ui.kindVideo', IconMovie],
      ['mp3 m4a flac ogg opus wav aac', 'ui.kindAudio', IconFileMusic],
      ['zip gz tgz xz zst bz2 7z rar tar', 'ui.kindArchive', IconFileZip],
      ['db sqlite sqlite3', 'ui.kindDatabase', IconFileDatabase],
      ['iso img qcow2 vdi vmdk', 'ui.kindDiskImage', IconDeviceFloppy],
    ] satisfies readonly Row[]
  ).flatMap(([extensions, word, icon]) =>
    extensions.split(' ').map((extension) => [extension, { word, icon }] as const),
  ),
)

const byKind: Record<Exclude<EntryKind, 'file' | 'hardlink'>, KnownLook> = {
  directory: { icon: IconFolder, word: 'ui.folder' },
  symlink: { icon: IconLink, word: 'ui.kindLink' },
  'block-device': { icon: IconDeviceFloppy, word: 'ui.kindBlockDevice' },
  'char-device': { icon: IconDeviceFloppy, word: 'ui.kindDevice' },
  fifo: { icon: IconPlug, word: 'ui.kindPipe' },
  socket: { icon: IconPlug, word: 'ui.kindSocket' },
}

/** The icon and the word of an entry, by what it is and how it is called. Never by its content. */
export function entryLook(kind: EntryKind, name: string): Look {
  if (kind !== 'file' && kind !== 'hardlink') return worded(byKind[kind])
  const extension = extensionOf(name)
  const known = byExtension.get(extension)
  if (known !== undefined) return worded(known)
  return { icon: IconFile, word: extension === '' ? t('ui.kindFile') : extension.toUpperCase() }
}

/** The same as one phrase for a column: `Link to thesis.pdf`. */
export function kindWords({ kind, name, linkTarget }: Pick<Entry, 'kind' | 'name' | 'linkTarget'>): string {
  const { word } = entryLook(kind, name)
  return kind === 'symlink' && linkTarget !== undefined && linkTarget !== ''
    ? t('ui.linkTo', { target: linkTarget })
    : word
}

const AUDIO = new Set(['mp3', 'm4a', 'ogg', 'oga', 'opus', 'flac', 'wav'])
const VIDEO = new Set(['mp4', 'webm'])
const PICTURES = new Set(['jpg', 'jpeg', 'png', 'gif', 'webp', 'avif', 'bmp', 'svg'])

export function isPdf(kind: EntryKind, name: string): boolean {
  return (kind === 'file' || kind === 'hardlink') && extensionOf(name) === 'pdf'
}

/** How a window can play it, as far as browsers know the format. */
export function mediaOf(kind: EntryKind, name: string): 'audio' | 'video' | undefined {
  if (kind !== 'file' && kind !== 'hardlink') return undefined
  const extension = extensionOf(name)
  if (AUDIO.has(extension)) return 'audio'
  return VIDEO.has(extension) ? 'video' : undefined
}

const ARCHIVES = new Set(['zip', 'jar', 'tar', 'tgz', 'gz', 'tzst', 'zst'])
const DATABASES = new Set(['db', 'db3', 'sqlite', 'sqlite3'])

/** Whether its name promises an archive or a database that can be looked into. */
export function insideOf(kind: EntryKind, name: string): 'archive' | 'database' | undefined {
  if (kind !== 'file' && kind !== 'hardlink') return undefined
  const extension = extensionOf(name)
  if (ARCHIVES.has(extension)) return 'archive'
  return DATABASES.has(extension) ? 'database' : undefined
}

/** Whether a window can show it as a picture. */
export function isPicture(kind: EntryKind, name: string): boolean {
  return (kind === 'file' || kind === 'hardlink') && PICTURES.has(extensionOf(name))
}

function worded({ icon, word }: KnownLook): Look {
  return { icon, word: t(word) }
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
  return extension.length > 8 || /[^a-z0-9]/.test(extension) ? '' : extension
}
