import { type Judgement, judgeFolder } from './judge-folder.ts'

/** What a server wants before it answers. */
export interface Credentials {
  readonly secret?: string | undefined
  readonly fingerprint?: string | undefined
}

/** Looks at an address without changing anything: what is there, and what may be done with it. */
export async function judgeAddress(
  address: string,
  _credentials: Credentials,
  _signal: AbortSignal,
): Promise<Judgement> {
  return judgeFolder(address)
}
