import { randomBytes } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type HMACKey, HMACKeySchema } from '../generated/server_pb.js'
import { storedBytes, storedMessage } from '../storage/stored-message.ts'
import type { IssuedToken, KeyTable, TokenLedger } from './record-store.ts'

const keyLength = 32

export function createKeyTable(db: Database): KeyTable {
  const byId = db.prepare('SELECT message FROM hmac_key WHERE id = ?').pluck()
  const count = db.prepare('SELECT count(*) FROM hmac_key').pluck()
  const insert = db.prepare('INSERT INTO hmac_key (id, message) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM hmac_key WHERE id = ?')
  const get = (id: string): HMACKey | undefined => storedMessage(HMACKeySchema, byId.get(id))
  return {
    get,
    isEmpty: () => count.get() === 0,
    create: db.transaction((id: string) => {
      const found = get(id)
      if (found !== undefined) return found
      const key = create(HMACKeySchema, { id, key: Uint8Array.from(randomBytes(keyLength)) })
      insert.run(id, storedBytes(HMACKeySchema, key))
      return key
    }),
    remove: (id) => void remove.run(id),
  }
}

const tokenRow = z
  .object({
    token_id: z.string(),
    kind: z.enum(['login', 'invite']),
    created_ms: z.number(),
    valid_until_ms: z.number().nullable(),
    revoked_ms: z.number().nullable(),
  })
  .transform(
    (row): IssuedToken => ({
      tokenId: row.token_id,
      kind: row.kind,
      createdMs: row.created_ms,
      validUntilMs: row.valid_until_ms ?? undefined,
      revokedMs: row.revoked_ms ?? undefined,
    }),
  )

export function createTokenLedger(db: Database): TokenLedger {
  const insert = db.prepare(
    'INSERT OR REPLACE INTO token VALUES (@tokenId, @kind, @createdMs, @validUntilMs, @revokedMs)',
  )
  const all = db.prepare('SELECT * FROM token ORDER BY created_ms, token_id')
  const revoke = db.prepare('UPDATE token SET revoked_ms = coalesce(revoked_ms, ?) WHERE token_id = ?')
  const revoked = db.prepare('SELECT 1 FROM token WHERE token_id = ? AND revoked_ms IS NOT NULL').pluck()
  return {
    add: (token) =>
      void insert.run({ ...token, validUntilMs: token.validUntilMs ?? null, revokedMs: token.revokedMs ?? null }),
    list: () => all.all().map((row) => tokenRow.parse(row)),
    revoke: (tokenId, nowMs) => revoke.run(nowMs, tokenId).changes > 0,
    isRevoked: (tokenId) => revoked.get(tokenId) !== undefined,
  }
}
