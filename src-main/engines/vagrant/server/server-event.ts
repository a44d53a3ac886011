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
  /** A restore takes effect at the next start. Tokens of today may not work then: they are bound to the key in the snapshot. */
  | { readonly type: 'restore-staged'; readonly sha256: string }
  | { readonly type: 'connected' | 'disconnected'; readonly address: string }
  /** A bug: something failed that should not. */
  | { readonly type: 'bug'; readonly path: string; readonly error: unknown }

export type ServerEventListener = (event: VagrantServerEvent) => void
