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

interface Look {
  readonly icon: Icon
  readonly word: string
}

type Row = readonly [extensions: string, word: string, icon: Icon]

const byExtension = new Map<string, Look>(
  (
    [
      ['md markdown', 'Markdown', IconFileText],
      ['txt log', 'Text', IconFileText],
      ['doc docx odt rtf pages', 'Document', IconFileText],
      ['pdf', 'PDF', IconFileTypePdf],
      ['xls xlsx ods numbers', 'Spreadsheet', IconTable],
      ['csv tsv', 'CSV', IconTable],
      ['ppt pptx odp key', 'Slides', IconPresentation],
      ['bib', 'BibTeX', IconBook2],
      ['epub mobi', 'Book', IconBook2],
      ['tex', 'LaTeX', IconFileCode],
      ['json', 'JSON', IconFileCode],
      ['xml html htm svg css', 'Markup', IconFileCode],
      ['yaml yml toml ini conf', 'Settings', IconFileCode],
      ['ts tsx js jsx mjs cjs', 'JavaScript', IconFileCode],
      ['py rb go rs c h cpp hpp java kt swift php sh bash pl lua r jl sql', 'Code', IconFileCode],
      ['jpg jpeg', 'JPEG', IconPhoto],
      ['png gif webp avif bmp tif tiff heic', 'Image', IconPhoto],
      ['nef cr2 cr3 arw dng raf', 'Raw photo', IconPhoto],
      ['mp4 mov mkv avi webm m4v', 'Video', IconMovie],
      ['mp3 m4a flac ogg opus wav aac', 'Audio', IconFileMusic],
      ['zip gz tgz xz zst bz2 7z rar tar', 'Archive', IconFileZip],
      ['db sqlite sqlite3', 'Database', IconFileDatabase],
      ['iso img qcow2 vdi vmdk', 'Disk image', IconDeviceFloppy],
    ] satisfies readonly Row[]
  ).flatMap(([extensions, word, icon]) =>
    extensions.split(' ').map((extension) => [extension, { word, icon }] as const),
  ),
)

const byKind: Record<Exclude<EntryKind, 'file' | 'hardlink'>, Look> = {
  directory: { icon: IconFolder, word: 'Folder' },
  symlink: { icon: IconLink, word: 'Link' },
  'block-device': { icon: IconDeviceFloppy, word: 'Block device' },
  'char-device': { icon: IconDeviceFloppy, word: 'Device' },
  fifo: { icon: IconPlug, word: 'Pipe' },
  socket: { icon: IconPlug, word: 'Socket' },
}

/** The icon and the word of an entry, by what it is and how it is called. Never by its content. */
export function entryLook(kind: EntryKind, name: string): Look {
  if (kind !== 'file' && kind !== 'hardlink') return byKind[kind]
  const extension = extensionOf(name)
  return byExtension.get(extension) ?? { icon: IconFile, word: extension === '' ? 'File' : extension.toUpperCase() }
}

/** The same as one phrase for a column: `Link to thesis.pdf`. */
export function kindWords({ kind, name, linkTarget }: Pick<Entry, 'kind' | 'name' | 'linkTarget'>): string {
  const { word } = entryLook(kind, name)
  return kind === 'symlink' && linkTarget !== undefined && linkTarget !== '' ? `Link to ${linkTarget}` : word
}

const PICTURES = new Set(['jpg', 'jpeg', 'png', 'gif', 'webp', 'avif', 'bmp', 'svg'])

/** Whether a window can show it as a picture. */
export function isPicture(kind: EntryKind, name: string): boolean {
  return (kind === 'file' || kind === 'hardlink') && PICTURES.has(extensionOf(name))
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
  return extension.length > 8 || /[^a-z0-9]/.test(extension) ? '' : extension
}
