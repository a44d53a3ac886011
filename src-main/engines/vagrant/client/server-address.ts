import type { ConnectVagrantOptions } from './connect-vagrant.ts'
import type { ContextFile } from './context-file.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface AddressSources {
  /** From the command line or the settings. */
  readonly flags?: Pick<ConnectVagrantOptions, 'address' | 'token' | 'tls'> | undefined
  readonly environment: Environment
  readonly context?: ContextFile | undefined
}

/** The first of flags, environment and context that has an address gives it and its TLS (section 16.1); `undefined` when none has. */
export function serverAddress({ flags, environment, context }: AddressSources): ConnectVagrantOptions | undefined {
  if (flags !== undefined) return flags
  const set = (name: string): string | undefined => environment[name] || undefined
  const token = set('VAGRANT_SERVER_TOKEN') ?? (context?.authToken || undefined)
  const address = set('VAGRANT_SERVER_ADDR')
  if (address !== undefined) {
    const isSecure = set('VAGRANT_SERVER_TLS') !== undefined
    return withTls({ address, token }, isSecure, set('VAGRANT_SERVER_TLS_SKIP_VERIFY') !== undefined)
  }
  if (context === undefined || context.address === '') return undefined
  return withTls({ address: context.address, token }, context.tls, context.tlsSkipVerify)
}

function withTls(options: ConnectVagrantOptions, isSecure: boolean, skipsVerify: boolean): ConnectVagrantOptions {
  return isSecure ? { ...options, tls: { check: skipsVerify ? 'nothing' : 'authorities' } } : options
}
