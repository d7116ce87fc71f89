// `flinkts sql` in a terminal, as somebody types. Needs tmux.
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'
import { hasTmux, Terminal } from '../helpers/terminal.ts'

let project: TestProject
let terminal: Terminal
const start = (): void => terminal.flinkts('sql', 'clear;')
/** Runs a statement on an empty screen. */
function run(statement: string): void {
  terminal.press('C-l')
  terminal.type(statement)
}

describe.runIf(hasTmux())('the SQL shell', () => {
  beforeEach(async () => {
    project = new TestProject({ 'flinkts.yaml': '' })
    terminal = new Terminal(project.folder)
    start()
    await terminal.saw(/^flinkts>$/m)
  })
  afterEach(async () => {
    terminal.close()
    await project.remove()
  })

  it('edits statements of several lines, completes, and keeps them for the next shell', async () => {
    terminal.resize(200, 60) // wide enough for every line
    terminal.type('create table numbers (')
    terminal.type('  a bigint, b_long_name string')
    terminal.write(") with ('conn")
    terminal.press('Tab')
    terminal.write('data')
    terminal.press('Tab')
    terminal.write(", 'number-of-r")
    terminal.press('Tab')
    terminal.write("3', 'fields.a.k")
    terminal.press('Tab')
    terminal.write('seq')
    terminal.press('Tab')
    terminal.write(", 'fields.a.start' = '1', 'fields.a.end' = '9'")
    await terminal.saw(/'fields\.a\.kind' = 'sequence', 'fields\.a\.start'/)
    expect(terminal.text).toContain("with ('connector' = 'datagen', 'number-of-rows' = '3'")
    terminal.type(');')
    await terminal.saw(/^OK \(/m)
    terminal.press('C-l')
    terminal.write('select b_ from num')
    terminal.press('Tab')
    await terminal.saw(/from numbers$/m)
    terminal.press('C-a', 'M-f', 'M-f')
    terminal.press('Tab')
    await terminal.saw(/select b_long_name from numbers$/m)
    terminal.press('C-u', 'C-k')
    terminal.type('select sum(a) as total, count(*) from numbers;')
    await terminal.saw(/^ total \| EXPR\$1\n-+\+-+\n +6 \| +3\n\(1 row, [\d.]+ s\)$/m)
    terminal.press('C-d')
    await terminal.saw(/EXIT 0/)
    start()
    await terminal.saw(/^flinkts \d[\s\S]*^flinkts>$/m)
    terminal.press('Up')
    await terminal.saw(/> select sum\(a\)/)
    terminal.press('C-r')
    terminal.write('create')
    await terminal.saw(/search\)'create': create table numbers \(\n +\.\.\.> {3}a bigint/)
  })

  it('shows a query without an end live; q and Ctrl-C end the query and not the shell', async () => {
    terminal.paste(
      "CREATE TABLE ticks (a INT) WITH ('connector' = 'datagen',\n  'rows-per-second' = '50',\n'fields.a.min' = '1', 'fields.a.max' = '3');\nCREATE VIEW v AS SELECT a, COUNT(*) AS c FROM ticks GROUP BY a;",
    )
    await terminal.saw(/GROUP BY a;$/m)
    expect(terminal.text).not.toContain('OK')
    terminal.press('Enter')
    await terminal.saw(/OK[\s\S]*OK/)
    run('SELECT * FROM v;')
    const first = await terminal.saw(/^rows 1–3 of 3 {2}\d+ changes/m)
    expect(first).toMatch(/^job [0-9a-f]{32} .* table\n a \| +c\n-+\+-+\n [123] \| +\d+$/m)
    expect(terminal.modes).toBe('alternate=1 cursor=0')
    terminal.resize(120, 40)
    await terminal.saw(/\n{30,}rows 1–3 of 3/)
    terminal.press('q')
    await terminal.saw(/^Stopped after [\d,]+ changes/m)
    expect(terminal.modes).toBe('alternate=0 cursor=1')
    run("SET 'sql-client.execution.result-mode' = 'changelog'; SELECT * FROM v;")
    await terminal.saw(/changelog\n op \| a \|[\s\S]*\+U \|/)
    terminal.press('C-c')
    await terminal.saw(/^Stopped after/m)
    run("SET 'sql-client.execution.result-mode' = 'tableau'; SELECT * FROM v;")
    await terminal.saw(/^\| \+U \|/m)
    terminal.press('C-c')
    await terminal.saw(/^Stopped after/m)
    run('SHOW JOBS;')
    expect(await terminal.saw(/^\(3 rows/m)).not.toContain('RUNNING')
  })

  it('Ctrl-Z gives the terminal to the shell, fg takes it again: while one types, and while a query runs', async () => {
    const stopped = async (): Promise<void> => {
      await terminal.saw(/Stopped[\s\S]*PROMPT>/)
      expect(terminal.modes).toBe('alternate=0 cursor=1')
      terminal.type('clear; stty -a | tr " ;" "\\n\\n" | grep -cxE "icanon|echo"')
      await terminal.saw(/^2$/m)
      terminal.type('clear; fg; echo AGAIN $?')
    }
    run("CREATE TABLE ticks (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50');")
    await terminal.saw(/^OK/m)
    terminal.write("SELECT 'half")
    await terminal.saw(/half$/m)
    terminal.press('C-z')
    await stopped()
    await terminal.saw(/^flinkts> SELECT 'half$/m)
    terminal.type(" typed' AS x;")
    await terminal.saw(/half typed/)
    run('SELECT COUNT(*) AS n FROM ticks;')
    await terminal.saw(/^rows 1–1 of 1 {2}\d+ changes/m)
    terminal.press('C-z')
    await stopped()
    await terminal.saw(/^rows 1–1 of 1 {2}\d+ changes/m)
    expect(terminal.modes).toBe('alternate=1 cursor=0')
    terminal.press('q')
    await terminal.saw(/^Stopped after [\d,]+ changes/m)
    expect(terminal.modes).toBe('alternate=0 cursor=1')
    terminal.press('C-d')
    await terminal.saw(/AGAIN 0/)
  })

  it('tells of errors with their place, of jobs, of tables, of what it does not know', async () => {
    run("SELECT 'a',\n  nope;")
    await terminal.saw(/at the statement:2:3\n {2}2 \| {3}nope;\n {4}\| {3}\^{4}$/m)
    terminal.write('half typed')
    terminal.press('C-c')
    await terminal.saw(/half typed\^C\nflinkts>$/m)
    terminal.press('C-c')
    await terminal.saw(/Ctrl-D or \\q leaves/)
    run(
      "CREATE TABLE t (a INT) WITH ('connector' = 'datagen'); CREATE TABLE s (a INT) WITH ('connector' = 'blackhole');",
    )
    run('\\d')
    await terminal.saw(/^ s +\| table \| blackhole\n t +\| table \| datagen$/m)
    run('\\d t')
    await terminal.saw(/^ a +\| INT [\s\S]*'connector' = 'datagen'$/m)
    run('\\dj')
    await terminal.saw(/no command \\dj[\s\S]*Did you mean \\d/)
    run('INSERT INTO s SELECT a FROM t;')
    const jobId = /^Job ID: ([0-9a-f]{32})/m.exec(await terminal.saw(/^Job ID: /m))![1]!
    run('\\j')
    await terminal.saw(new RegExp(`^ ${jobId} [^]*RUNNING`, 'm'))
    run(`STOP JOB '${jobId}';`)
    await terminal.saw(/^OK/m)
    run('\\x')
    run(`DESCRIBE JOB '${jobId}';`)
    await terminal.saw(/^-\[ RECORD 1 \][\s\S]*^status +\| CANCEL/m)
    run('quit')
    await terminal.saw(/EXIT 0/)
    terminal.type('stty -a | tr " ;" "\\n\\n" | grep -cxE "icanon|echo"')
    await terminal.saw(/^2$/m)
  })

  it('goes on with another session when its own was killed', async () => {
    run("CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '2');")
    run('SELECT COUNT(*) FROM t;')
    await terminal.saw(/^\(1 row,/m)
    const { pid } = JSON.parse(readFileSync(project.path('.flinkts/session.json'), 'utf8')) as { pid: number }
    process.kill(pid, 'SIGKILL')
    await terminal.saw(/note: the session ended; the tables of this shell are still declared/)
    run('SELECT COUNT(*) FROM t;')
    await terminal.saw(/^\(1 row,/m)
  })
})

it('--execute runs its statements in order, several times one script', async () => {
  project = new TestProject({ 'flinkts.yaml': '' })
  try {
    const args = ['sql', '-e', "CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')", '-e', 'SHOW TABLES; SELECT 1']
    const { code, stdout } = await project.run(...args, '--json')
    expect(code).toBe(0)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { statement: 1, status: 'OK' },
      { statement: 2, columns: [{ name: 'table name', type: 'STRING' }] },
      { statement: 2, op: '+I', row: ['t'] },
      { statement: 2, status: 'OK' },
      { statement: 3, columns: [{ name: 'EXPR$0', type: 'INT NOT NULL' }] },
      { statement: 3, op: '+I', row: [1] },
      { statement: 3, status: 'OK' },
    ])
    const failed = await project.run('sql', '-e', 'SELECT nope; SELECT 1')
    expect(failed.code).toBe(1)
    expect(failed.stdout).toBe('')
    expect(failed.stderr).toContain('at the statement:1:8\n  1 | SELECT nope; SELECT 1\n    |        ^^^^')
    expect((await project.run('sql', '-e', 'SELECT 1', '--file', 'x.sql')).code).toBe(2)
  } finally {
    await project.remove()
  }
})
