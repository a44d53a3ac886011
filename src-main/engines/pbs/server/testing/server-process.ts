import { createSmallStore } from '../../../../storage/datastore/testing/sample-store.ts'
import { accessConfig } from '../access/access-config.ts'
import { createPbsServer } from '../create-pbs-server.ts'
import { createSelfSignedCertificate } from '../tls/self-signed.ts'

/**
 * A server in a process of its own, so that its memory can be told from its client's. Arguments: the folder of the store
 * and an access configuration as JSON. Says `{port}` first, and `{peakMiB}` for every line it reads.
 */
const [folder = '', access = '{}'] = process.argv.slice(2)
const server = createPbsServer({
  datastores: [{ name: 'tank', store: await createSmallStore(folder) }],
  access: (
    (config) => () =>
      config
  )(accessConfig.parse(JSON.parse(access))),
  tls: await createSelfSignedCertificate({ hosts: ['localhost'], now: Math.floor(Date.now() / 1000) }),
})
say(await server.listen({ host: '127.0.0.1', port: 0 }))
for await (const _line of process.stdin) {
  // What the kernel saw at most since the start, threads and native memory included; in KiB.
  say({ peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) })
}
await server.close()

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
