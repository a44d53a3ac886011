import { spawn } from 'node:child_process'

/** The page with hot reload beside the headless host, which serves everything that is not the page. */
const children = [
  spawn(
    process.execPath,
    [
      '--watch',
      'src-main/hosts/cli/main.ts',
      'serve',
      '--listen',
      '127.0.0.1:4710',
      '--page-origin',
      'http://127.0.0.1:4711',
    ],
    { stdio: 'inherit' },
  ),
  spawn('vite', ['--port', '4711', '--host', '127.0.0.1'], { stdio: 'inherit' }),
]
for (const child of children) {
  child.on('exit', () => {
    for (const other of children) other.kill()
  })
}
