/**
 * What goes into the audit log: deeds that remove, unlock or expose something. The rest of the contract reads, or can be
 * undone. The input goes in as it came but for the fields named here.
 */
export const auditedActions: ReadonlySet<string> = new Set([
  'accounts.addToken',
  'accounts.addUser',
  'accounts.grant',
  'accounts.removeToken',
  'accounts.removeUser',
  'accounts.revoke',
  'accounts.setPassword',
  'anomalies.acknowledge',
  'app.saveSettings',
  'channels.remove',
  'channels.save',
  'couchbase.place',
  'couchbase.pull',
  'databases.restore',
  'groups.removeNamespace',
  'groups.setOwner',
  'history.remove',
  'jobServer.makeToken',
  'jobServer.queue',
  'jobServer.revokeToken',
  'jobServers.add',
  'jobServers.makeToken',
  'jobServers.queue',
  'jobServers.remove',
  'jobServers.restore',
  'jobServers.work',
  'jobs.start',
  'keys.changePassphrase',
  'keys.create',
  'keys.import',
  'keys.proveSheet',
  'keys.remove',
  'keys.sheet',
  'masterKeys.create',
  'masterKeys.recover',
  'masterKeys.use',
  'plans.remove',
  'plans.save',
  'plans.setEnabled',
  'repositories.add',
  'repositories.collectGarbage',
  'repositories.prune',
  'repositories.remove',
  'repositories.setCredentials',
  'repositories.setKey',
  'restore.start',
  'secrets.put',
  'serverTasks.stop',
  'servers.configure',
  'servers.start',
  'servers.stop',
  'snapshots.forget',
  'snapshots.protect',
])

const secretFields = new Set([
  'password',
  'fields',
  'secret',
  'secrets',
  'passphrase',
  'text',
  'keyFile',
  'privateKey',
  'token',
])

/** The input of a call without its secrets. */
export function auditDetail(input: unknown): string {
  return (
    JSON.stringify(input, (field, value: unknown) => (secretFields.has(field) && value !== undefined ? '…' : value)) ??
    ''
  )
}
