// A disk that is full, and has room again: told in one message, and nothing is lost. Needs a file system of its own that
// is small: root on Linux.
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

const disk = mkdtempSync(join(tmpdir(), 'flinkts-disk-'))

function mountSmallDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=0755', 'tmpfs', disk], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const isMounted = mountSmallDisk()
afterAll(() => {
  if (isMounted) execFileSync('umount', [disk])
  rmdirSync(disk)
})

function fill(path: string): void {
  const file = openSync(path, 'w')
  const block = Buffer.alloc(1 << 16)
  try {
    for (;;) writeSync(file, block)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' })
  } finally {
    closeSync(file)
  }
}

it.skipIf(!isMounted)(
  'produce and a job’s checkpoints name the full disk; afterwards all is there',
  async () => {
    const project = new TestProject({}, {}, disk)
    try {
      cpSync(fileURLToPath(new URL('../../templates/taxi', import.meta.url)), project.folder, { recursive: true })
      execFileSync('chmod', ['755', project.folder])
      project.write('flinkts.yaml', project.read('flinkts.yaml').replace('interval: 10s', 'interval: 500ms'))
      await project.ok('up')
      await project.ok('produce', 'rides', '--file', 'data/trips.csv')
      const run = project.start('run', 'jobs/hourly-revenue.sql', '--no-tui')
      await run.saw(/RUNNING/)
      const totals = 'SELECT count(*) AS rows, sum(trips) AS trips FROM hourly_revenue'
      const [before] = await project.queryUntil<{ rows: number; trips: number }>(
        totals,
        ([row]) => Number(row?.trips) > 9000,
      )

      fill(join(disk, 'filler'))
      const produced = await project.run('produce', 'rides', '--file', 'data/trips.csv')
      expect(produced.code).toBe(1)
      expect(produced.stderr).toMatch(/^Error: the disk is full: .*\[DISK_FULL\]/m)
      await run.saw(/the disk is full|No space left on device/)

      rmSync(join(disk, 'filler'))
      expect(await project.ok('produce', 'rides', '--file', 'data/trips.csv')).toMatch(/Wrote 10000 records/)
      expect(await project.ok('topics', 'list')).toMatch(/rides +1 +20000/)
      await project.ok('down')
      const again = project.start('run', 'jobs/hourly-revenue.sql', '--no-tui')
      await again.saw(/RUNNING/)
      expect(await project.query(totals)).toEqual([before])
      again.signal('SIGINT')
      await again.end()
    } finally {
      rmSync(join(disk, 'filler'), { force: true })
      await project.remove()
    }
  },
  180_000,
)

it.skipIf(!existsSync('/dev/full'))('output that goes to a full disk is told in one message, not in a stack', () => {
  const binary = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
  const full = openSync('/dev/full', 'w')
  try {
    const { status, stderr } = spawnSync(process.execPath, [binary, 'init', '--list'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    expect(stderr).toMatch(/^Error: the disk is full: .* {2}\[DISK_FULL\]\n {2}fix: [^\n]*\n$/)
    expect(status).toBe(1)
  } finally {
    closeSync(full)
  }
})
