import type { FileContent, FileEntry } from '../../archive/tree.ts'

/** Above this, progress is told while a file is read rather than when it is opened. */
const LARGE_BYTES = 1 << 20

/** The file, telling how much of its content was taken in: small ones at once, which saves a wrapper for each. */
export function countedFile(file: FileEntry, onBytes: (count: number) => void): FileEntry {
  const { sizeBytes } = file
  return {
    ...file,
    open() {
      const opened = file.open()
      const wrap = (content: FileContent): FileContent => {
        if (sizeBytes >= LARGE_BYTES) return countedContent(content, onBytes)
        onBytes(Number(sizeBytes))
        return content
      }
      return opened instanceof Promise ? opened.then(wrap) : wrap(opened)
    },
  }
}

function countedContent(content: FileContent, onBytes: (count: number) => void): FileContent {
  const count = (got: number) => {
    onBytes(got)
    return got
  }
  return {
    read(into) {
      const got = content.read(into)
      return typeof got === 'number' ? count(got) : got.then(count)
    },
    close: () => content.close(),
  }
}
