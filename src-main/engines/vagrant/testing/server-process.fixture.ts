import { createVagrantServer } from '../server/create-vagrant-server.ts'
import { openVagrantState } from '../storage/open-vagrant-state.ts'

/** A server in a process of its own, that lets itself be ended: `node server-process.fixture.ts <database>` prints its port. */
const file = process.argv[2] ?? ''
const { store, queue, snapshots, close } = await openVagrantState({ file, signal: new AbortController().signal })
const server = createVagrantServer({
  store,
  queue,
  snapshots,
  requireAuth: false,
  exit: async (code) => {
    close()
    process.exit(code)
  },
})
console.log(await server.listen('127.0.0.1', 0))
