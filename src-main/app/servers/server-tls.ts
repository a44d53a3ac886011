import { hostname } from 'node:os'
import type { ListenAddress } from '../../../src-shared/model/server.ts'
import { openServerIdentity, type ServerIdentity } from '../../engines/pbs/server/tls/server-identity.ts'

/** The certificate of a server, made at its first start and kept in its folder. Throws `secret/unavailable`. */
export function openIdentity(folder: string, listen: ListenAddress): Promise<ServerIdentity> {
  return openServerIdentity(folder, {
    hosts: [hostname(), 'localhost', listen.host],
    now: Math.floor(Date.now() / 1000),
  })
}
