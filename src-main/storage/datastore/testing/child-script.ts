import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Another process that runs a module given as text, with `root` set and the datastore's files importable as `ds/…`. */
export interface ChildScript {
  /** The next line it prints. Throws when it ends before. */
  line(): Promise<string>
  /** SIGKILL: nothing is cleaned up. Returns when it is gone. */
  kill(): Promise<void>
  /** Waits for its end. Returns the exit code. */
  end(): Promise<number | null>
}

export function runChild(root: string, script: string): ChildScript {
  const folder = new URL('../', import.meta.url).href
  const source = `const root = process.argv[1];\n${script.replaceAll("'ds/", `'${folder}`)}`
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '--eval', source, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  // stdio says that there is a pipe
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return {
    async line() {
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the child process ended early')
      return value
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async end() {
      await ended
      return child.exitCode
    },
  }
}
