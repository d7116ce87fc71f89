// `flinkts init` with somebody at a terminal, who is asked, and without one. Needs tmux for the first.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'
import { hasTmux, Terminal } from '../helpers/terminal.ts'

let folder: TestProject
beforeEach(() => {
  folder = new TestProject()
})
afterEach(() => rmSync(folder.folder, { recursive: true }))

const NOWHERE = 'DOCKER_HOST=unix:///nowhere/docker.sock'
const config = (project: string): string => folder.read(`${project}/flinkts.yaml`)

describe.runIf(hasTmux())('init in a terminal', () => {
  let terminal: Terminal
  let engine: Server | undefined
  beforeEach(() => {
    terminal = new Terminal(folder.folder)
  })
  afterEach(() => {
    terminal.close()
    engine?.close()
  })

  /** A container engine as far as it is asked for its version. */
  async function startEngine(): Promise<string> {
    const path = join(folder.folder, 'engine.sock')
    engine = createServer((_request, response) => response.end('{"Version":"29.1.0","ApiVersion":"1.52"}'))
    await new Promise<void>((resolve) => engine!.listen(path, resolve))
    return `DOCKER_HOST=unix://${path}`
  }

  it('asks for template and folder', async () => {
    terminal.flinkts('init', NOWHERE)
    expect(await terminal.saw(/Ctrl-C/)).toMatch(/^> 1 taxi .*\n {2}2 clickstream /m)
    terminal.press('Down', 'Down')
    await terminal.saw(/^> 3 sensors/m)
    terminal.press('Enter')
    await terminal.saw(/^Which template\? sensors\nWhich folder\? \(sensors\)/m)
    terminal.type('my-sensors')
    expect(await terminal.saw(/EXIT 0/)).toMatch(
      /Made my-sensors from the template sensors\. Next:\n\n {2}cd my-sensors/,
    )
    expect(config('my-sensors')).toContain('services: embedded')
    terminal.type('stty -a | tr " ;" "\\n\\n" | grep -cxE "icanon|echo"')
    await terminal.saw(/^2$/m)
  })

  it('offers containers where an engine answers', async () => {
    terminal.flinkts('init shop', await startEngine())
    await terminal.saw(/4 orders/)
    terminal.press('4')
    await terminal.saw(/^> 1 embedded .*\n {2}2 docker +containers of Docker 29\.1\.0/m)
    terminal.press('2')
    await terminal.saw(/EXIT 0/)
    expect(config('shop')).toContain('services: docker')
  })

  it('Ctrl-C leaves everything as it was, whatever is asked', async () => {
    const environment = await startEngine()
    const before = readdirSync(folder.folder)
    terminal.flinkts('init', environment)
    await terminal.saw(/Which template\?/)
    terminal.press('C-c')
    await terminal.saw(/EXIT 130/)
    expect(terminal.text).not.toContain('Which template?')
    terminal.type('clear')
    terminal.flinkts('init', environment)
    await terminal.saw(/Which template\?/)
    terminal.press('Enter')
    await terminal.saw(/Which folder\?/)
    terminal.press('C-c')
    await terminal.saw(/EXIT 130/)
    terminal.type('clear')
    terminal.flinkts('init x', environment)
    await terminal.saw(/Which template\?/)
    terminal.press('Enter')
    await terminal.saw(/What are Kafka and Postgres\?/)
    terminal.press('C-c')
    await terminal.saw(/EXIT 130/)
    expect(readdirSync(folder.folder)).toEqual(before)
    terminal.type('stty -a | tr " ;" "\\n\\n" | grep -cxE "icanon|echo"')
    await terminal.saw(/^2$/m)
  })

  it('asks nothing where everything is said, and nothing for a folder that holds something', async () => {
    terminal.flinkts('init rides --template taxi', await startEngine())
    await terminal.saw(/Made rides [\s\S]*EXIT 0/)
    terminal.type('clear')
    terminal.flinkts('init rides', NOWHERE)
    expect(await terminal.saw(/EXIT 1/)).toMatch(/is not empty/)
  })
})

describe('init without a terminal', () => {
  it('makes taxi of a folder, and lists templates without one', async () => {
    expect(await folder.ok('init', 'rides')).toMatch(/Made rides from the template taxi\. Next:/)
    expect(config('rides')).toContain('rides: ')
    expect(await folder.ok('init')).toMatch(/^taxi +trips/)
    expect(await folder.ok('init', '--list', 'x')).toBe(await folder.ok('init'))
    expect(readdirSync(folder.folder)).toEqual(['rides'])
  })

  it('takes an empty folder, this one too, and never one that holds something', async () => {
    mkdirSync(folder.path('empty'))
    await folder.ok('init', 'empty', '--template', 'blank')
    const before = readFileSync(folder.path('empty/package.json'), 'utf8')
    const { code, stderr } = await folder.run('init', 'empty', '--template', 'orders')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/empty is not empty/)])
    expect(folder.read('empty/package.json')).toBe(before)
    const here = new TestProject()
    expect(await here.ok('init', '.', '--template', 'blank', '--docker')).not.toContain('cd ')
    expect(here.read('flinkts.yaml')).toContain('services: docker')
    rmSync(here.folder, { recursive: true })
  })

  it.each([
    ['a name that is nearly one', ['x', '--template', 'clikstream'], 1, /did you mean clickstream\?/],
    ['no folder', ['--template', 'orders'], 2, /name the folder to make: flinkts init <folder>/],
    ['both kinds of services', ['x', '--docker', '--embedded'], 2, /--docker=true.*--embedded|cannot also be provided/],
  ])('refuses %s', async (_name, args, expected, message) => {
    const { code, stderr } = await folder.run('init', ...args)
    expect(code).toBe(expected)
    expect(stderr).toMatch(message)
    expect(existsSync(folder.path('x'))).toBe(false)
  })
})
