import { type ErrorCode, HoldfastError } from '../../../../../src-shared/errors.ts'
import { type Reply, textOf } from './reply.ts'

/** The server said no. Its own words are all it says about why, next to the status (spec pbs §1.4). */
export class PbsRefusal extends HoldfastError {
  readonly status: number
  readonly text: string

  constructor(reply: Reply) {
    const text = textOf(reply)
    const { code, hint } = meaningOf(reply.status, text)
    super(code, { detail: text === '' ? `Status ${reply.status}.` : text, hint })
    this.status = reply.status
    this.text = text
  }
}

interface Meaning {
  readonly says: RegExp
  readonly code: ErrorCode
  readonly hint?: string
}

/** PBS has no codes: these are the texts of spec pbs §1.6, §2 and §3. The first that fits counts. */
const meanings: readonly Meaning[] = [
  {
    says: /owner check failed/,
    code: 'auth/denied',
    hint: 'The group belongs to somebody else: change its owner on the server, or use another name for the backup.',
  },
  { says: /unable to acquire .*lock|unable to lock|locked by another/i, code: 'repository/locked' },
  { says: /backup directory already exists/, code: 'snapshot/exists' },
  {
    says: /backup timestamp is older than last backup/,
    code: 'input/invalid',
    hint: 'Check the clock of this computer.',
  },
  { says: /protected/, code: 'snapshot/protected' },
  { says: /snapshot .*does not exist|no such snapshot/, code: 'snapshot/unknown' },
  { says: /(?:group|namespace) .*does not exist|namespace not found/, code: 'path/not-found' },
  { says: /datastore .*does not exist|no such datastore/, code: 'repository/unknown' },
  { says: /no space left on device/i, code: 'disk/full' },
  {
    says: /missing Upgrade header/,
    code: 'repository/unreachable',
    hint: 'A proxy between here and the server does not pass on upgrades: connect to the server itself.',
  },
]

function meaningOf(status: number, text: string): { readonly code: ErrorCode; readonly hint?: string | undefined } {
  if (status === 401)
    return { code: 'auth/denied', hint: 'Check the user, and the password or the secret of the token.' }
  if (status === 403) return { code: 'auth/denied', hint: 'Ask for more rights on the datastore.' }
  return meanings.find(({ says }) => says.test(text)) ?? { code: 'repository/refused' }
}
