import { z } from 'zod'

export const planId = z.uuid().brand<'PlanId'>()
export type PlanId = z.infer<typeof planId>

export const jobId = z.uuid().brand<'JobId'>()
export type JobId = z.infer<typeof jobId>

export const repositoryId = z.uuid().brand<'RepositoryId'>()
export type RepositoryId = z.infer<typeof repositoryId>

/** A snapshot in the catalog. Its natural name is repository, namespace, group and time. */
export const snapshotId = z.uuid().brand<'SnapshotId'>()
export type SnapshotId = z.infer<typeof snapshotId>

/** One source as the explorer shows it over time: all snapshots of one backup group in one namespace of one repository. */
export const lineageId = z.uuid().brand<'LineageId'>()
export type LineageId = z.infer<typeof lineageId>

export const keyId = z.uuid().brand<'KeyId'>()
export type KeyId = z.infer<typeof keyId>

/** Passwords of a source in the secret store. */
export const secretId = z.uuid().brand<'SecretId'>()
export type SecretId = z.infer<typeof secretId>

/** Unix time in milliseconds. */
export const timestamp = z.number().int()
/** A count or a size that crosses as JSON: whole, not negative, below 2^53. */
export const count = z.number().int().nonnegative()
