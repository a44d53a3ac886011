import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/**
 * Writes src-main/engines/vagrant/generated from the interface files beside it, with buf and without a network.
 * With `--check` nothing is written: it fails when the committed files are not what the generator makes.
 */
const engine = join(import.meta.dirname, '..', 'src-main', 'engines', 'vagrant')
const generated = join(engine, 'generated')
const binaries = join(import.meta.dirname, '..', 'node_modules', '.bin')

if (process.argv.includes('--check')) check()
else generate(engine)

function generate(into: string): void {
  execFileSync(join(binaries, 'buf'), ['generate', '--clean', '--output', into], {
    cwd: engine,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}` },
  })
}

function check(): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-generate-'))
  try {
    generate(folder)
    const made = filesOf(join(folder, 'generated'))
    const committed = filesOf(generated)
    const names = new Set([...made.keys(), ...committed.keys()])
    const stale = [...names].filter((name) => made.get(name) !== committed.get(name))
    if (stale.length === 0) return
    console.error(`Not what the generator makes: ${stale.join(', ')}. Run: node scripts/generate.ts`)
    process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function filesOf(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')]
    }),
  )
}
