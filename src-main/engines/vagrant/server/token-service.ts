import type { ServiceImpl } from '@connectrpc/connect'
import type { Vagrant } from '../generated/server_pb.js'
import { parseDuration } from '../wire/duration.ts'
import { failure } from '../wire/failure.ts'
import type { TokenAuthority } from './token-authority.ts'

type TokenMethods = Pick<
  ServiceImpl<typeof Vagrant>,
  'bootstrapToken' | 'generateInviteToken' | 'generateLoginToken' | 'convertInviteToken'
>

/** Methods 29 to 32 of section 7. */
export function tokenMethods(tokens: TokenAuthority): TokenMethods {
  return {
    bootstrapToken: () => ({ token: tokens.bootstrap() }),
    generateLoginToken: () => ({ token: tokens.login() }),
    generateInviteToken: ({ duration, entrypoint }) => {
      const ns = parseDuration(duration)
      if (ns === undefined || ns < 0n) throw failure('invalid-argument', `invalid duration: ${duration}`)
      return { token: tokens.invite(Number(ns / 1_000_000n), entrypoint) }
    },
    convertInviteToken: ({ token }) => ({ token: tokens.convert(token) }),
  }
}
