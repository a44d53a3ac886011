import { globSync } from 'node:fs'
import { defineConfig } from 'rolldown'

/**
 * The main side keeps its folder structure (`preserveModules`): worker entries are found beside the file that starts
 * them, in the build as in the source. Packages stay packages. The command line is run from the sources.
 */
const main = {
  input: ['src-main/hosts/electron/main.ts', ...globSync('src-main/**/*.worker.ts')],
  platform: 'node' as const,
  external: /^[^./]/,
  output: {
    dir: 'dist/main',
    cleanDir: true, // what the package holds is what is there
    format: 'esm' as const,
    preserveModules: true,
    preserveModulesRoot: '.',
    entryFileNames: '[name].js',
    sourcemap: true,
  },
}

/** Under the sandbox a preload is one CommonJS file. */
const preload = {
  input: 'src-main/hosts/electron/preload.ts',
  platform: 'node' as const,
  external: ['electron'],
  output: { file: 'dist/main/preload.cjs', format: 'cjs' as const },
}

export default defineConfig([main, preload])
