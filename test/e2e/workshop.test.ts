// A learner in a terminal and without one: begins, fails, takes a hint, mends, goes on, leaves and comes back. Needs tmux for
// the terminal.
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'
import { hasTmux, Terminal } from '../helpers/terminal.ts'

const shippedChapter = fileURLToPath(new URL('../../workshops/_new', import.meta.url))
const TEST_LIMIT_MS = 600_000
const CHECK_LIMIT_MS = 120_000

/** Two chapters, each as `workshop new` makes it. */
function workshopFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-two-chapters-'))
  for (const name of ['01-begin', '02-again']) cpSync(shippedChapter, join(folder, name), { recursive: true })
  return folder
}

interface CheckAnswer {
  readonly exercise: string
  readonly passed: boolean
  readonly result: string
  readonly seen?: string
  readonly because?: string
  readonly durationMs: number
  readonly error?: { readonly code: string; readonly message: string; readonly location?: object }
  readonly notes: readonly string[]
  readonly notices: readonly string[]
}

const JOB = '01-begin/1-expensive-rides/job.sql'
const GAP = /^-- TO.* only/m

let project: TestProject
let terminal: Terminal | undefined
let second: Terminal | undefined
const source = workshopFolder()
afterAll(() => rmSync(source, { recursive: true }))

const mended = (text: string): string =>
  text.replace(GAP, '-- only').replace('total_amount FROM rides;', 'total_amount FROM rides WHERE total_amount > 50;')

async function check(...args: string[]): Promise<{ answer: CheckAnswer; code: number | null }> {
  const { code, stdout, stderr } = await project.run('workshop', 'check', '--json', ...args)
  expect(stdout, stderr).toMatch(/^\{.*\}\n$/)
  return { answer: JSON.parse(stdout) as CheckAnswer, code }
}

const runs = (program: string): boolean => project.processes().some(({ command }) => command.includes(program))

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + CHECK_LIMIT_MS
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`still: ${JSON.stringify(project.processes())}`)
    await delay(50)
  }
}

beforeEach(() => {
  project = new TestProject()
})
afterEach(async () => {
  for (const each of [terminal, second]) each?.close()
  terminal = second = undefined
  await project.remove()
})

describe('without a terminal', () => {
  it(
    'begins, checks, helps, goes on and remembers',
    async () => {
      expect(await project.ok('workshop', '--from', source)).toMatch(/\[ \] 01\.1 Keep the expensive rides/)
      expect(await project.ok('workshop', 'start', '--from', source)).toMatch(/01\.1 Keep[\s\S]*flinkts workshop check/)
      const early = await project.run('workshop', 'solution')
      expect(early).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/was not tried yet[\s\S]*--force/) as unknown,
      })
      expect((await project.run('workshop', 'next')).stderr).toMatch(/01\.1 is not done yet/)
      expect((await project.run('workshop', 'watch')).stderr).toMatch(/needs a terminal/)

      const failed = await check()
      expect(failed).toMatchObject({ code: 1, answer: { passed: false, result: 'wrong' } })
      expect(failed.answer.seen).toMatch(/a ride from zone \d+ for [\d.]+ dollars is in expensive_rides/)
      expect(await project.ok('workshop', 'hint')).toMatch(/Hint 1 of 2/)
      expect(await project.ok('workshop', 'hint')).toMatch(/Hint 1 of 2[\s\S]*Hint 2 of 2/)
      expect(await project.ok('workshop', 'solution')).toContain('WHERE total_amount > 50')

      project.write(JOB, mended(project.read(JOB)))
      expect(await check('01.1')).toMatchObject({
        code: 0,
        answer: { passed: true, notes: [expect.stringMatching(/54 of/)] },
      })
      // what the check made is there to be looked at
      expect(await project.query('SELECT count(*)::int AS rows FROM expensive_rides')).toEqual([{ rows: 54 }])
      await project.ok('workshop', 'next')
      expect(await project.ok('workshop', 'questions')).toMatch(/Question 1 of 1[\s\S]*--answers N/)
      expect((await project.run('workshop', 'questions', '--answers', '7')).stderr).toMatch(/does not answer/)
      expect(await project.ok('workshop', 'questions', '--answers', '2')).toMatch(/2 is right[\s\S]*real Flink/)
      expect(await project.ok('workshop', 'next')).toMatch(/02\.1 Keep/)
      expect(await project.ok('workshop', 'skip')).toMatch(/questions of/)
      const list = JSON.parse(await project.ok('workshop', '--json')) as object
      expect(list).toMatchObject({ at: '02-again/questions', done: 1, skipped: 1, total: 2 })

      project.write(JOB, 'mine')
      expect(await project.ok('workshop', 'reset', '01.1')).toMatch(/job\.sql is back; yours is job\.before-reset\.sql/)
      expect(project.read(JOB.replace('job.sql', 'job.before-reset.sql'))).toBe('mine')
    },
    TEST_LIMIT_MS,
  )

  it(
    'tells what a job died of, and who cancelled it, while a check waits for something',
    async () => {
      const own = workshopFolder()
      onTestFinished(() => rmSync(own, { recursive: true }))
      const begin = (wait: string): string => `import { check } from 'flinkts/workshop'
export default check(async (lab) => {
  await lab.topic('new_rides')
  await lab.query('DROP TABLE IF EXISTS expensive_rides; CREATE TABLE expensive_rides (zone int, amount float8)')
  const job = await lab.run('job.sql')
  await lab.produce('new_rides', { file: 'trips.csv', count: 10 })
  ${wait}
})
`
      const checkThat = (wait: string): void =>
        writeFileSync(join(own, '01-begin', 'exercises', '1-expensive-rides', 'check.ts'), begin(wait))
      await project.ok('workshop', 'start', '--from', own)
      const shipped = project.read(JOB)
      const endless = shipped.replace("'scan.bounded.mode' = 'latest-offset',", '')
      const failing = endless
        .replace('CREATE TABLE rides', "SET 'restart-strategy.type' = 'none';\nCREATE TABLE rides")
        .replace('SELECT PULocationID', "SELECT CAST('zone ' || CAST(PULocationID AS STRING) AS INT)")

      project.write(JOB, failing)
      const message = expect.stringMatching(/'zone \d+'/) as unknown
      const limitMs = 50_000
      const waiting = `await lab.until('rows', async () => false, ${limitMs})`
      for (const wait of ['await job.caughtUp()', waiting]) {
        checkThat(wait)
        const { answer } = await check()
        expect(answer).toMatchObject({ result: 'error', error: { code: 'EXPRESSION_FAILED', message } })
        expect(answer.durationMs).toBeLessThan(limitMs)
      }
      checkThat(`const state = async () => (await job.state()) === 'FAILED'
  await lab.until('its end', state)
  lab.note('has failed')`)
      expect((await check()).answer).toMatchObject({ result: 'passed', notes: ['has failed'] })

      project.write(JOB, endless)
      checkThat('await job.cancel()\n  await job.caughtUp()')
      expect((await check()).answer).toMatchObject({
        result: 'wrong',
        seen: expect.stringContaining('was cancelled while the check worked with it') as unknown,
      })
      // by the check itself: no news
      for (const cancel of ['job.cancel()', "lab.flinkts('jobs', 'cancel', job.id)"]) {
        checkThat(`await ${cancel}\n  await lab.until('rows', async () => false, 1_000)`)
        expect((await check()).answer).toMatchObject({ result: 'wrong', seen: 'after 1 s still waiting for: rows' })
      }
      // by somebody else
      checkThat(waiting)
      const checking = check()
      while ((await project.run('jobs', 'cancel', 'job')).code !== 0) await delay(100)
      const { answer } = await checking
      expect(answer.seen).toMatch(/was cancelled while the check worked with it/)
      expect(answer.durationMs).toBeLessThan(limitMs)

      checkThat("await lab.changes('job.sql', { paralelism: 2 } as never)")
      expect((await check()).answer).toMatchObject({
        result: 'broken',
        message: expect.stringMatching(
          /^lab\.changes: there is no option 'paralelism': did you mean 'parallelism'\?/,
        ) as unknown,
        at: { line: 7, column: 13 },
      })
    },
    TEST_LIMIT_MS,
  )

  it(
    'leads on from the usual mistakes',
    async () => {
      await project.ok('workshop', 'start', '--from', source)
      const shipped = project.read(JOB)

      project.write(JOB, shipped.replace('PULocationID, total_amount FROM', 'PULocationId, total_amount FROM'))
      const column = await check()
      expect(column).toMatchObject({ code: 1, answer: { result: 'error', error: { code: 'SQL_VALIDATION' } } })
      expect(column.answer.error!.location).toMatchObject({ line: 24 })

      project.write(JOB, shipped.replace("'topic' = 'new_rides'", "'topic' = 'new_ridez'"))
      expect((await check()).answer).toMatchObject({
        result: 'error',
        error: { message: expect.stringMatching(/new_ridez/) as unknown },
      })

      project.write(JOB, 'SELECT 1;\n')
      expect((await check()).answer).toMatchObject({ passed: false })

      rmSync(project.path(JOB))
      expect((await check()).answer).toMatchObject({
        result: 'wrong',
        because: expect.stringMatching(/workshop reset 01\.1/) as unknown,
      })

      writeFileSync(project.path('workshop-progress.json'), '{ "format": 1, "at": 7 }')
      const broken = await project.run('workshop', 'check')
      expect(broken).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/workshop-progress\.json:1:\d+[\s\S]*delete/) as unknown,
      })
    },
    TEST_LIMIT_MS,
  )

  it(
    'says which port is taken, by default and asked for, and a check that is stopped leaves nothing behind',
    async () => {
      await project.ok('workshop', 'start', '--from', source)
      const server: Server = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as { port: number }
      const config = project.read('flinkts.yaml')
      project.write('flinkts.yaml', config.replace('kafka:\n', `kafka:\n  port: ${port}\n`))
      const { stdout, code } = await project.run('workshop', 'check')
      expect(code).toBe(1)
      expect(stdout).toMatch(new RegExp(`${port}.*(taken|in use)`))
      server.close()
      project.write('flinkts.yaml', config)

      const running = project.start('workshop', 'check')
      await until(() => runs('broker-process'))
      running.signal('SIGINT')
      expect((await running.end()).code).not.toBe(0)
      await project.expectNoProcesses()
    },
    TEST_LIMIT_MS,
  )
})

describe.runIf(hasTmux())('in a terminal', () => {
  it(
    'fails, hints, turns green, goes on, is left and resumed',
    async () => {
      terminal = new Terminal(project.folder, { columns: 90, rows: 30 })
      terminal.flinkts(`workshop start --from ${source}`)
      await terminal.saw(/enter goes to the exercise/)
      expect(terminal.modes).toBe('alternate=1 cursor=0')
      terminal.press('Enter')
      await terminal.saw(/Save a file of the exercise/)
      // another terminal: no second watch, but checks, which wait for each other and keep each other's progress
      expect(await project.run('workshop', 'check', '02.1')).toMatchObject({ code: 1 })
      terminal.press('n')
      await terminal.saw(/01\.1 is not done yet/)
      terminal.press('s')
      await terminal.saw(/try it once first/)
      project.write(JOB, project.read(JOB))
      await terminal.saw(/not yet {2}01\.1[\s\S]*a ride from zone/, CHECK_LIMIT_MS)
      terminal.press('h')
      await terminal.saw(/Hint 1 of 2/)

      project.write(JOB, project.read(JOB).replace('FROM rides;', 'FRM rides;'))
      await terminal.saw(/Error: [\s\S]*SQL_SYNTAX/, CHECK_LIMIT_MS)
      project.write(JOB, mended(project.read(JOB).replace('FRM rides;', 'FROM rides;')))
      await terminal.saw(/passed {2}01\.1[\s\S]*54 of 1,000 rides/, CHECK_LIMIT_MS)
      terminal.press('n')
      await terminal.saw(/Question 1 of 1/)
      terminal.press('1')
      await terminal.saw(/1 is not right: it is 2/)
      terminal.press('Enter')
      await terminal.saw(/What real Flink does here/)
      terminal.press('Enter')
      await terminal.saw(/02\.1 Keep[\s\S]*1 of 2 exercises/) // tried already, from the other terminal
      terminal.press('q')
      await terminal.saw(/1 of 2 exercises done; you are at 02\.1.*\n[\s\S]*EXIT 0/)
      expect(terminal.modes).toBe('alternate=0 cursor=1')
      await until(() => !runs('session-process')) // the terminal's own shell stands in the folder, too

      terminal.type('clear')
      terminal.flinkts('workshop start')
      await terminal.saw(/02\.1 Keep[\s\S]*1 of 2 exercises/)
      terminal.press('r')
      await terminal.saw(/bring the files back/)
      terminal.press('y')
      await terminal.saw(/everything is as it was shipped/)
      terminal.press('k', 'k')
      await terminal.saw(/You are at the end: 1 of 2/)
      terminal.press('l')
      await terminal.saw(/\[x\] 01\.1[\s\S]*\[-\] 02\.1/)
      second = new Terminal(project.folder, { columns: 90, rows: 30 })
      second.flinkts('workshop watch')
      await second.saw(/another terminal watches this workshop already, as process \d+/)
      await second.saw(/EXIT 1/)
      expect(await project.ok('workshop', 'hint', '02.1')).toMatch(/Hint 1 of 2/)
      terminal.press('l', 'k') // writes what this terminal knows
      await terminal.saw(/You are at the end: 1 of 2/)
      const kept = JSON.parse(project.read('workshop-progress.json')) as { steps: Record<string, object> }
      expect(kept.steps['02-again/1-expensive-rides']).toMatchObject({ hints: 1, state: 'skipped' })
      terminal.press('q')
      await terminal.saw(/EXIT 0/)
      expect(existsSync(project.path('02-again/1-expensive-rides/job.sql'))).toBe(true)
    },
    TEST_LIMIT_MS,
  )

  it(
    'gives the terminal back for Ctrl-Z, Ctrl-C and SIGTERM, and takes it again after fg',
    async () => {
      terminal = new Terminal(project.folder, { columns: 90, rows: 30 })
      const isGivenBack = async (): Promise<void> => {
        expect(terminal!.modes).toBe('alternate=0 cursor=1')
        terminal!.type('clear; stty -a | tr " ;" "\\n\\n" | grep -cxE "icanon|echo"')
        await terminal!.saw(/^2$/m)
      }
      terminal.flinkts(`workshop start --from ${source}`)
      await terminal.saw(/enter goes to the exercise/)
      terminal.resize(70, 24)
      await terminal.saw(/enter exercise[^\n]*\n*$/)
      terminal.press('Enter')
      await terminal.saw(/Save a file of the exercise/)
      terminal.press('C-z')
      await terminal.saw(/Stopped[\s\S]*PROMPT>/)
      await isGivenBack()
      terminal.resize(100, 20)
      terminal.type('clear; until stty size | grep "^20 100$"; do :; done')
      await terminal.saw(/^20 100$/m)
      terminal.type('clear; fg; echo AGAIN $?')
      await terminal.saw(/s solution[^\n]*l list {2}q quit\n*$/)
      expect(terminal.modes).toBe('alternate=1 cursor=0')
      project.write(JOB, mended(project.read(JOB)))
      await terminal.saw(/passed {2}01\.1/, CHECK_LIMIT_MS)
      terminal.press('C-c')
      await terminal.saw(/1 of 2 exercises done[\s\S]*AGAIN 0/)
      await isGivenBack()

      terminal.type('clear')
      terminal.flinkts('workshop watch')
      await terminal.saw(/Done before/)
      const { pid } = project.processes().find(({ command }) => command.includes('workshop watch'))!
      process.kill(pid, 'SIGTERM')
      await terminal.saw(/EXIT 143/)
      await isGivenBack()
    },
    TEST_LIMIT_MS,
  )
})

describe('for authors', () => {
  it(
    'a new chapter is accepted by verify; one that passes as shipped is not',
    async () => {
      await project.ok('workshop', 'new', 'mine/01-joins')
      expect((await project.run('workshop', 'new', 'mine/01-joins')).stderr).toMatch(/is not empty/)
      const good = await project.start('workshop', 'verify', 'mine').end(CHECK_LIMIT_MS)
      expect(good.stdout).toMatch(/fails as shipped .* solution passes[\s\S]*\n3 passed, 0 failed, 0 skipped\n$/)
      expect(good.code).toBe(0)

      const exercise = 'mine/01-joins/exercises/1-expensive-rides'
      project.write(
        `${exercise}/check.ts`,
        "import { check } from 'flinkts/workshop'\nexport default check(async () => {})\n",
      )
      const bad = await project.start('workshop', 'verify', 'mine/01-joins', '--json').end(CHECK_LIMIT_MS)
      expect(bad.code).toBe(1)
      expect(bad.stdout).toMatch(/"failsAsShipped":false,"solutionPasses":true/)
      expect(bad.stdout).toMatch(/"passed":2,"failed":1,"skipped":0/)

      project.write(
        'mine/01-joins/workshop.yaml',
        project.read('mine/01-joins/workshop.yaml').replace('minutes', 'minuts'),
      )
      const unreadable = await project.run('workshop', 'verify', 'mine')
      expect(unreadable.stderr).toMatch(/unknown key 'minuts'[\s\S]*workshop\.yaml:3:1[\s\S]*write minutes/)
    },
    TEST_LIMIT_MS,
  )
})
