// A folder without flinkts.yaml: a job runs there, and nothing is kept of it.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

const JOB = `SET 'execution.checkpointing.interval' = '100 ms';
CREATE TABLE numbers (n BIGINT) WITH (
  'connector' = 'datagen', 'rows-per-second' = '100', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000000'
);
CREATE TABLE shown (n BIGINT) WITH ('connector' = 'print');
INSERT INTO shown SELECT n FROM numbers;
`

let folder: TestProject
beforeEach(() => {
  folder = new TestProject({ 'job.sql': JOB })
})
afterEach(() => folder.remove())

it('a job that was stopped begins anew, and says that nothing is kept', { timeout: 300_000 }, async () => {
  for (let run = 0; run < 2; run++) {
    const command = folder.start('run', 'job.sql')
    await command.saw(/^\+I\[1\]$/m)
    command.signal('SIGINT')
    const { code, stdout } = await command.end()
    expect(code).toBe(0)
    expect(stdout).toContain('note: stopped; outside of a project no state is kept')
    expect(stdout).not.toContain('resuming')
  }
  const killed = folder.start('run', 'job.sql')
  await killed.saw(/^\+I\[30\]$/m)
  killed.signal('SIGKILL')
  await killed.end()
  await folder.expectNoProcesses()
  const again = folder.start('run', 'job.sql')
  await again.saw(/^\+I\[1\]$/m)
  again.signal('SIGINT')
  expect((await again.end()).stdout).not.toContain('the last run')
  await folder.expectNoProcesses() // while its session is there, it knows the job
  expect(await folder.ok('jobs', 'list')).toContain('no jobs yet')
})
