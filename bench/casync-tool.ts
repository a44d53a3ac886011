/**
 * What `casync make`, `casync extract` and the far end of ssh do, done by Holdfast's engine: for bench/casync.ts. Like the
 * program, it loads what the command needs.
 *
 *     casync-tool.ts make TREE INDEX STORE
 *     casync-tool.ts make-digest TREE INDEX STORE    prints the digest of the whole as well
 *     casync-tool.ts extract INDEX STORE TARGET
 *     casync-tool.ts pull INDEX STORE                through a server of ours, over stdio; prints the digest of the whole
 *     casync-tool.ts serve pull - - INDEX STORE
 */
const [command, ...words] = process.argv.slice(2)
const word = (position: number): string => words[position] ?? ''

/** They start while the rest is loaded. */
async function startThreads(store: string) {
  const { StoreThreads } = await import('../src-main/engines/casync/store/store-threads.ts')
  const { LocalStore } = await import('../src-main/engines/casync/store/local-store.ts')
  const threads = new StoreThreads(new LocalStore(store))
  threads.start()
  return threads
}

switch (command) {
  case 'make':
  case 'make-digest': {
    const writer = await startThreads(word(2))
    const { make } = await import('./casync-tool-make.ts')
    await make(word(0), word(1), writer, { hasDigest: command === 'make-digest' })
    await writer.close()
    break
  }
  case 'extract': {
    const store = await startThreads(word(1))
    const { extract } = await import('./casync-tool-extract.ts')
    await extract(word(0), store, word(2))
    await store.close()
    break
  }
  case 'pull': {
    const { pull } = await import('./casync-tool-pull.ts')
    await pull(word(0), word(1))
    break
  }
  case 'serve': {
    const { serve } = await import('./casync-tool-serve.ts')
    await serve(words)
    break
  }
  default:
    throw new Error('make, make-digest, extract, pull or serve')
}
