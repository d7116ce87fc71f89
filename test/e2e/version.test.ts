// What every command pays before its own work: `flinkts --version` loads no command and no plugin.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const binary = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const CPU_MS_MAX = 250
const printCpuTime =
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();console.error((user+system)/1000)})'

function scriptsLoadedBy(...args: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-start-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  execFileSync(process.execPath, [binary, ...args], {
    env: { ...process.env, NODE_V8_COVERAGE: folder, XDG_CACHE_HOME: folder },
  })
  return readdirSync(folder)
    .filter((file) => file.startsWith('coverage'))
    .flatMap((file) =>
      (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] }).result.map(
        ({ url }) => url,
      ),
    )
}

it('--version loads neither commands nor the plugin for shell completion', () => {
  const loaded = scriptsLoadedBy('--version')
  expect(loaded.some((url) => url.includes('@oclif/core'))).toBe(true)
  expect(loaded.filter((url) => /dist\/(src|engine)\/|plugin-autocomplete\/lib/.test(url))).toEqual([])
  expect(scriptsLoadedBy('autocomplete', 'script', 'bash').some((url) => url.includes('plugin-autocomplete/lib'))).toBe(
    true,
  )
})

it(`--version takes less than ${CPU_MS_MAX} ms of one core`, () => {
  const times = Array.from({ length: 5 }, () => {
    const { stderr } = spawnSync(process.execPath, ['--import', printCpuTime, binary, '--version'], {
      encoding: 'utf8',
    })
    return Number(stderr.trim().split('\n').at(-1))
  })
  expect(Math.min(...times)).toBeLessThan(CPU_MS_MAX)
})
