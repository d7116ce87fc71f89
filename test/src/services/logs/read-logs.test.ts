import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../../engine/host.ts'
import { loadProject, type Project } from '../../../../src/config/project.ts'
import { renderLogLine } from '../../../../src/output/log-lines.ts'
import { JobLogWriter } from '../../../../src/services/logs/job-log-writer.ts'
import { jobLogFile, processLogFiles, rotateLog } from '../../../../src/services/logs/log-files.ts'
import { parseSince } from '../../../../src/services/logs/parse-since.ts'
import { readLogs, timeOfLine, type LogLine, type ReadLogsOptions } from '../../../../src/services/logs/read-logs.ts'

function newProject(logs: Partial<Record<'session' | 'kafka' | 'postgres', string>>): Project {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-logs-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'flinkts.yaml'), '')
  const project = loadProject(folder)
  for (const [name, text] of Object.entries(logs)) {
    const path = processLogFiles(project)[name as 'session']
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return project
}

async function read(project: Project, options: Partial<ReadLogsOptions> = {}): Promise<string[]> {
  const lines: string[] = []
  const all = { lines: 100, follow: false, signal: new AbortController().signal, ...options }
  for await (const line of readLogs(project, all)) lines.push(renderLogLine(line, options.name === undefined))
  return lines
}

const logs = {
  session: '2026-11-21T10:00:00.000Z one\n2026-11-21T10:00:02.000Z three\n',
  kafka: '[2026-11-21 10:00:01,500] two\n',
  postgres:
    '2026-11-21 10:00:03.000 UTC [7] LOG:  four\n\tits second line\n2026-11-21 10:00:05.000 UTC [7] LOG:  six\n',
}

test('all logs stand in the order of their times, a line without one with the line before it', async () => {
  const project = newProject(logs)
  new JobLogWriter(project, systemClock).flush()
  const writer = new JobLogWriter(project, systemClock)
  writer.add('jobs/a.sql', { at: Date.parse('2026-11-21T10:00:04Z'), kind: 'stdout', line: 'five' })
  writer.flush()
  expect((await read(project)).map((line) => line.replace(/\| .*\b(?=\w+)/, '| '))).toEqual([
    'session  | one',
    'kafka    | two',
    'session  | three',
    'postgres | four',
    'postgres | line',
    'jobs-a.sql| five',
    'postgres | six',
  ])
})

test('one log by name: its last lines, those since a time, across a rotation', async () => {
  const project = newProject(logs)
  const path = processLogFiles(project).session
  rotateLog(path, 10)
  expect(statSync(path).size).toBe(0)
  appendFileSync(path, '2026-11-21T10:00:09.000Z later\n')
  expect(await read(project, { name: 'session', lines: 2 })).toEqual([
    '2026-11-21T10:00:02.000Z three',
    '2026-11-21T10:00:09.000Z later',
  ])
  const since = Date.parse('2026-11-21T10:00:01Z')
  expect(await read(project, { name: 'session', lines: 1, since })).toHaveLength(2)
  await expect(read(project, { name: 'sesion' })).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
})

test('following goes on with new lines and with jobs that start meanwhile', async () => {
  const project = newProject(logs)
  const controller = new AbortController()
  const lines = readLogs(project, { lines: 1, follow: true, signal: controller.signal })
  const next = async (): Promise<LogLine> => (await lines.next()).value as LogLine
  expect([(await next()).source, (await next()).source, (await next()).source]).toEqual([
    'kafka',
    'session',
    'postgres',
  ])
  appendFileSync(processLogFiles(project).kafka, 'new\n')
  expect(await next()).toMatchObject({ source: 'kafka', line: 'new' })
  const writer = new JobLogWriter(project, systemClock)
  writer.add('b', { at: 0, kind: 'notice', line: 'hello' })
  writer.flush()
  expect(await next()).toEqual({ source: 'b', at: 0, line: '1970-01-01T00:00:00.000Z notice hello' })
  const rest = lines.next()
  controller.abort()
  expect((await rest).done).toBe(true)
})

test('a job that prints without end is cut, and that is said', () => {
  const project = newProject({})
  const writer = new JobLogWriter(project, systemClock)
  for (let index = 0; index < 30; index++) writer.add('b', { at: 0, kind: 'stdout', line: 'x'.repeat(100_000) })
  writer.flush()
  expect(statSync(jobLogFile(project, 'b')).size).toBeLessThan(1_300_000)
})

test('times of log lines and of --since', () => {
  expect(timeOfLine('2026-11-21 10:00:03.120 UTC [7] LOG:  x')).toBe(Date.parse('2026-11-21T10:00:03.120Z'))
  expect(timeOfLine('\tat x')).toBeUndefined()
  expect(parseSince('10min', 1_000_000)).toBe(400_000)
  expect(parseSince('-1s', 5000)).toBe(4000)
  expect(parseSince('2026-11-21T10:00:00Z')).toBe(Date.parse('2026-11-21T10:00:00Z'))
  expect(() => parseSince('soon')).toThrowError(/neither a duration nor a time/)
})
