import { pack } from 'tar-stream'
import { collect } from './bytes.fixture.ts'

/** A tar of small files. */
export function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content)
  tar.finalize()
  return collect(tar as AsyncIterable<Uint8Array>)
}
