import { globSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative } from 'node:path'
import { rolldown } from 'rolldown'

/** Tries the native module of one system after another. */
const loader = 'node_modules/@node-rs/crc32/index.js'

/** Follows every import of the shell and of its threads, and names those that lead to nothing. */
export async function missingImports(app: string): Promise<string[]> {
  const missing = new Set<string>()
  const bundle = await rolldown({
    input: ['dist/main/src-main/hosts/electron/main.js', 'dist/main/preload.cjs', 'dist/main/**/*.worker.js']
      .flatMap((pattern) => globSync(pattern, { cwd: app }))
      .map((file) => join(app, file)),
    platform: 'node',
    treeshake: false,
    external: (id) => id === 'electron' || isBuiltin(id),
    plugins: [
      {
        name: 'missing-imports',
        async resolveId(source, importer) {
          if (source === 'electron' || isBuiltin(source)) return { id: source, external: true }
          const found = await this.resolve(source, importer, { skipSelf: true })
          if (found) return found
          const by = importer === undefined ? '' : relative(app, importer)
          if (by !== loader) missing.add(`${by}: ${source}`)
          return { id: source, external: true }
        },
        load: (id) => (id.endsWith('.node') ? '' : undefined),
      },
    ],
    onLog() {},
  })
  await bundle.generate()
  await bundle.close()
  return [...missing].sort()
}
