import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { bytesToPathText, displayPath } from '../../../src-shared/model/path-text.ts'
import type { CanaryFile } from './canaries.ts'

/** What is unusual about the canaries of a plan, one sentence each; none is the ordinary case. */
export async function checkCanaries(canaries: readonly CanaryFile[]): Promise<string[]> {
  const sentences: string[] = []
  for (const { path, sha256 } of canaries) {
    const name = displayPath(bytesToPathText(Buffer.from(path)))
    try {
      const found = createHash('sha256')
        .update(await readFile(Buffer.from(path)))
        .digest('hex')
      if (found !== sha256) sentences.push(`The canary ${name} was changed.`)
    } catch {
      sentences.push(`The canary ${name} is gone.`)
    }
  }
  return sentences
}
