import type { ConfigVar } from '../generated/server_pb.js'

type Environment = Record<string, string | undefined>

/**
 * The variables a server gives a runner (section 13), laid over an environment that the host hands in. What a variable had before is
 * remembered and comes back when the server takes it away. It need not be the process's own environment, and in Holdfast is not:
 * a server must not decide what programs this computer loads.
 */
export class RunnerEnvironment {
  readonly #environment: Environment
  readonly #originals = new Map<string, string | undefined>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  get current(): Readonly<Environment> {
    return this.#environment
  }

  /** The complete set, replacing the previous one. */
  apply(variables: readonly ConfigVar[]): void {
    const names = new Set(variables.map(({ name }) => name))
    for (const [name, original] of this.#originals) {
      if (names.has(name)) continue
      this.#set(name, original)
      this.#originals.delete(name)
    }
    for (const { name, value } of variables) {
      if (!this.#originals.has(name)) this.#originals.set(name, this.#environment[name])
      this.#set(name, value)
    }
  }

  #set(name: string, value: string | undefined): void {
    if (value === undefined) delete this.#environment[name]
    else this.#environment[name] = value
  }
}
