// Guards: format, types, lint, layers, dead code and the published package. Runs all of them and names every one that
// fails; the first failure does not hide the others.
import { spawnSync } from 'node:child_process'

const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format', command: ['npx', 'prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: ['npx', 'tsc', '--noEmit', '-p', '.'] },
  { name: 'lint', command: ['npx', 'eslint', '--max-warnings', '0', '.'] },
  {
    name: 'layers',
    command: ['npx', 'depcruise', 'engine', 'src', 'templates', 'workshops', '--config', '.dependency-cruiser.cjs'],
  },
  { name: 'dead code', command: ['npx', 'knip'] },
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  { name: 'package', command: ['npx', 'publint', '--strict'] },
  { name: 'package types', command: ['npx', 'attw', '--pack', '.', '--profile', 'esm-only'] },
]

const failed: string[] = []
for (const { name, command } of checks) {
  const startedAt = performance.now()
  const result = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8', maxBuffer: 64 << 20 })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const passed = result.status === 0
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
  if (!passed) {
    failed.push(name)
    console.log(result.stdout + result.stderr)
  }
}
console.log(`${checks.length - failed.length} passed, ${failed.length} failed, 0 skipped`)
process.exitCode = failed.length === 0 ? 0 : 1
