import { ProtocolError } from '../../../../src-shared/errors.ts'
import { protocolName } from './limits.ts'
import type { MessageReader } from './message-reader.ts'

/** Stock ZRM's `socket-copy` and the variant that went before the agent (spec xtrabackup-agent §9). */
export const oldVersions = ['1.8', '1.8b7_palomino'] as const
export type OldVersion = (typeof oldVersions)[number]

/** Five lines and no READY. */
export interface OldRequest {
  readonly version: OldVersion
  readonly action: string
  readonly parameters: string
  readonly temporaryFolder: string
  readonly binaryFolder: string
}

export function isOldVersion(text: string): text is OldVersion {
  return oldVersions.some((version) => version === text)
}

export function encodeOldRequest(request: OldRequest): string {
  const { version, action, parameters, temporaryFolder, binaryFolder } = request
  const lines = [version, action, parameters, temporaryFolder, binaryFolder]
  if (lines.some((line) => line.includes('\n'))) throw new Error('a line of a request cannot hold a line feed')
  return lines.map((line) => `${line}\n`).join('')
}

/** The lines after the version. The old rules let no `@` through. */
export async function readOldRequest(version: OldVersion, reader: MessageReader): Promise<OldRequest> {
  const line = async (field: string): Promise<string> => {
    const text = await reader.line(field)
    if (!/^[A-Za-z0-9_\s\-*/"'.:;+=^$]*$/.test(text))
      throw new ProtocolError(protocolName, field, reader.window.position, 'Bad data in the request')
    return text
  }
  return {
    version,
    action: await line('action'),
    parameters: await line('parameters'),
    temporaryFolder: await line('temporary folder'),
    binaryFolder: await line('folder of the programs'),
  }
}
