/** What a host may want to show or write down. Never holds a token. */
export type VagrantServerEvent =
  | {
      readonly type: 'call'
      /** `/hashicorp.vagrant.Vagrant/GetJob` */
      readonly path: string
      readonly metadata: Readonly<Record<string, string>>
      readonly durationMs: number
      /** The negotiated protocol version, where there is one. */
      readonly version: number | undefined
      /** gRPC's name of the failure, such as `not_found`; absent when the call went well. */
      readonly failure: string | undefined
    }
  | { readonly type: 'runner-registered' | 'runner-gone'; readonly runnerId: string }
  | { readonly type: 'token-made' | 'token-revoked'; readonly tokenId: string; readonly kind: 'login' | 'invite' }
  /** A restore takes effect at the next start. `endsTokens`: those of today are not taken then, its key is another (section 14.7). */
  | { readonly type: 'restore-staged'; readonly sha256: string; readonly endsTokens: boolean }
  | { readonly type: 'connected' | 'disconnected'; readonly address: string }
  /** A bug: something failed that should not. */
  | { readonly type: 'bug'; readonly path: string; readonly error: unknown }

export type ServerEventListener = (event: VagrantServerEvent) => void
