import { HoldfastError } from '../../../../src-shared/errors.ts'

/** How a server is reached, as a context file has it (section 16.2). */
export interface ContextFile {
  readonly address: string
  readonly tls: boolean
  readonly tlsSkipVerify: boolean
  readonly addressInternal: string
  readonly requireAuth: boolean
  readonly authToken: string
}

/** `address = "host:port"`, `tls = true`, comments from `#` or `//` on. */
const line = /^\s*(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|(true|false))\s*(?:(?:#|\/\/).*)?$/
const ignored = /^\s*(?:server\s*\{|\}|(?:#|\/\/).*)?\s*$/

/** The one block that Vagrant writes; anything else is refused rather than guessed. Throws `input/invalid`. */
export function parseContext(text: string): ContextFile {
  const values = new Map<string, string>()
  for (const [i, found] of text.split('\n').entries()) {
    if (ignored.test(found)) continue
    const [, name, quoted, flag] = line.exec(found) ?? []
    if (name === undefined)
      throw new HoldfastError('input/invalid', { detail: `Line ${i + 1} of the context cannot be read.` })
    values.set(name, flag ?? (quoted ?? '').replace(/\\(.)/g, '$1'))
  }
  const word = (name: string): string => values.get(name) ?? ''
  return {
    address: word('address'),
    tls: word('tls') === 'true',
    tlsSkipVerify: word('tls_skip_verify') === 'true',
    addressInternal: word('address_internal'),
    requireAuth: word('require_auth') === 'true',
    authToken: word('auth_token'),
  }
}

export function formatContext(context: ContextFile): string {
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
  return [
    'server {',
    `  address          = ${quoted(context.address)}`,
    `  tls              = ${context.tls}`,
    `  tls_skip_verify  = ${context.tlsSkipVerify}`,
    `  address_internal = ${quoted(context.addressInternal)}`,
    `  require_auth     = ${context.requireAuth}`,
    `  auth_token       = ${quoted(context.authToken)}`,
    '}',
    '',
  ].join('\n')
}
