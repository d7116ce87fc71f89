// In a terminal: the screen of `run` and `attach` in 80 × 24, its keys, and the terminal as it was afterwards. Needs tmux.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'
import { hasTmux, Terminal } from '../helpers/terminal.ts'

let project: TestProject
let terminal: Terminal
describe.runIf(hasTmux())('run in a terminal', () => {
  beforeEach(async () => {
    project = TestProject.taxi()
    await project.ok('produce', 'rides', '--file', 'data/trips.csv')
    terminal = new Terminal(project.folder)
    terminal.flinkts('run jobs/hourly-revenue.sql')
    await terminal.saw(/RUNNING .* restarts 0/)
  })
  afterEach(async () => {
    terminal.close()
    await project.remove()
  })

  it('shows the job in tabs of 80 columns, and gives the terminal back', async () => {
    const screen = await terminal.saw(/all +RUNNING .*\d+% .*\d+% +2019-\d\d-\d\d \d\d:\d\d:\d\d/)
    expect(screen).toMatch(/^Source: rides\[\d+\] -> /m)
    expect(screen).toMatch(/\[overview\] graph +slots/)
    expect(screen).toMatch(/q stop +w why .* \? help/)
    expect(terminal.modes).toBe('alternate=1 cursor=0')
    terminal.press('4')
    await terminal.saw(/#\d+ +checkpoint +[\d:]+ .* COMPLETED/)
    terminal.press('Enter')
    await terminal.saw(/0 Source: rides\[\d+\].* ms/)
    terminal.press('3')
    await terminal.saw(/taskmanager-\d+ +slots .* 1 of \d+ taken/)
    terminal.press('5')
    await terminal.saw(/rides-0 +2019-\d\d-\d\d/)
    terminal.press('6')
    await terminal.saw(/rides +read by the job .* lag 0/)
    terminal.press('?')
    await terminal.saw(/stop with a savepoint and leave/)
    terminal.press('Escape')
    await terminal.saw(/rides +read by the job/)
    terminal.resize(120, 30)
    await terminal.saw(/\[6 topics\] 7 logs/)
    terminal.resize(80, 24)
    await terminal.saw(/ \[topics\] logs/)
    expect(terminal.text.match(/restarts 0/g)).toHaveLength(1)
    terminal.press('q')
    const after = await terminal.saw(/EXIT 0/)
    expect(after).toContain('PROMPT>')
    expect(after).toContain('note: stopped with savepoint')
    expect(terminal.modes).toBe('alternate=0 cursor=1')
    terminal.type('stty -a | tr " ;" "\\n\\n" | grep -cxE "icanon|echo"')
    await terminal.saw(/^2$/m)
  })

  it('takes a savepoint and replays a topic while the job goes on', async () => {
    terminal.press('s')
    await terminal.saw(/took savepoint-\S+; the job goes on/)
    terminal.press('r')
    await terminal.saw(/replay rides from: _/)
    terminal.write('earliest max')
    terminal.press('Enter')
    await terminal.saw(/write rides again from earliest to now, at max\?/)
    terminal.press('y')
    await terminal.saw(/Wrote 10000 records of rides to rides/)
    terminal.press('6')
    await terminal.saw(/^ +0 +0 +20000 +20000 +0 /m)
  })

  it('c cancels, when it is confirmed', async () => {
    terminal.press('c')
    await terminal.saw(/cancel jobs\/hourly-revenue\.sql\?/)
    terminal.press('n')
    await terminal.saw(/q stop/)
    terminal.press('c')
    terminal.press('y')
    expect(await terminal.saw(/EXIT 0/)).toContain('CANCELED')
    expect(terminal.modes).toBe('alternate=0 cursor=1')
  })

  it('Ctrl-Z gives the terminal to the shell, fg takes it again; the job runs on', async () => {
    terminal.press('C-z')
    await terminal.saw(/Stopped[\s\S]*PROMPT>/)
    expect(terminal.modes).toBe('alternate=0 cursor=1')
    terminal.type('clear; stty -a | tr " ;" "\\n\\n" | grep -cxE "icanon|echo"')
    await terminal.saw(/^2$/m)
    terminal.resize(100, 30)
    terminal.type('clear; fg; echo AGAIN $?')
    await terminal.saw(/RUNNING .* restarts 0/)
    expect(terminal.modes).toBe('alternate=1 cursor=0')
    terminal.press('4')
    await terminal.saw(/\[4? ?checkpoints\]/)
    // once more, then out of it
    terminal.press('C-z')
    await terminal.saw(/Stopped[\s\S]*PROMPT>/)
    terminal.type('clear; fg; echo AGAIN $?')
    await terminal.saw(/#\d+ +checkpoint +\d{4}-\d\d-\d\d [\d:]+ .* COMPLETED/) // 100 columns have room for the date
    terminal.press('q')
    expect(await terminal.saw(/AGAIN 0/)).toContain('note: stopped with savepoint')
    expect(terminal.modes).toBe('alternate=0 cursor=1')
    terminal.type('clear; stty -a | tr " ;" "\\n\\n" | grep -cxE "icanon|echo"')
    await terminal.saw(/^2$/m)
  })

  it('Ctrl-C stops as q does', async () => {
    terminal.press('C-c')
    expect(await terminal.saw(/EXIT \d+/)).toContain('EXIT 0')
    expect(terminal.modes).toBe('alternate=0 cursor=1')
  })
})

describe.runIf(hasTmux())('attach in a terminal', () => {
  beforeEach(async () => {
    project = TestProject.taxi()
    project.write('flinkts.yaml', project.read('flinkts.yaml').replace('partitions: 1,', 'partitions: 3,'))
    await project.ok('produce', 'rides', '--file', 'data/trips.csv')
    await project.ok('run', 'jobs/hourly-revenue.sql', '--detach')
    terminal = new Terminal(project.folder)
    terminal.flinkts('attach hourly-revenue')
    await terminal.saw(/RUNNING .* restarts 0/)
  })
  afterEach(async () => {
    terminal.close()
    await project.remove()
  })

  it('says which partition holds the watermark back, one key from its cause; q leaves the job running', async () => {
    await terminal.saw(/^cause: rides-\d holds the watermark back.* w why/m)
    terminal.press('w')
    await terminal.saw(/table\.exec\.source\.idle-timeout/)
    terminal.press('5')
    await terminal.saw(/rides-\d +2019-.* HOLDS BACK, no timeout/)
    terminal.press('q')
    expect(await terminal.saw(/EXIT 0/)).toContain('left jobs/hourly-revenue.sql running')
    expect(await project.ok('jobs', 'list')).toContain('RUNNING')
  })

  it('x stops it with a savepoint', async () => {
    terminal.press('x')
    expect(await terminal.saw(/EXIT 0/)).toContain('stopped with savepoint')
  })
})
