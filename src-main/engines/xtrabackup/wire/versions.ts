/** Which client an agent serves (spec xtrabackup-agent §3.4): same major, and a minor that is not newer. Micro is free. */
export function isServed(agent: string, client: string): boolean {
  const ours = parseVersion(agent)
  const theirs = parseVersion(client)
  if (ours === undefined || theirs === undefined) return false
  return ours.major === theirs.major && ours.minor >= theirs.minor
}

export interface Version {
  readonly major: number
  readonly minor: number
  readonly micro: number
}

/** Three integers; `76.1` is no version. */
export function parseVersion(text: string): Version | undefined {
  const match = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/.exec(text)
  if (match === null) return undefined
  return { major: Number(match[1]), minor: Number(match[2]), micro: Number(match[3]) }
}
