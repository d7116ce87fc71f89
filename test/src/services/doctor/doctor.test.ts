import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startBroker } from '../../../../engine/broker.ts'
import { loadProject, type Project } from '../../../../src/config/project.ts'
import { renderFindings } from '../../../../src/output/doctor-table.ts'
import { checkClock, checkNode, checkVersions, diskFinding } from '../../../../src/services/doctor/check-machine.ts'
import { checkPorts } from '../../../../src/services/doctor/check-ports.ts'
import { checkKafka, idleFinding } from '../../../../src/services/doctor/check-services.ts'
import { topicFindings } from '../../../../src/services/doctor/check-topics.ts'
import { runDoctor } from '../../../../src/services/doctor/run-doctor.ts'
import type { TopicInfo } from '../../../../src/services/topics/read-topics.ts'

function newProject(yaml = ''): Project {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'flinkts.yaml'), yaml)
  return loadProject(folder)
}

test.each([
  ['18.20.0', 'broken'],
  ['20.18.9', 'broken'],
  ['20.19.0', 'ok'],
  ['24.1.0', 'ok'],
])('node %s is %s', (version, state) => {
  expect(checkNode(version).state).toBe(state)
})

test.each([
  [100, 'broken', /^100 MB free/],
  [1500, 'warning', /^1\.5 GB free/],
  [30_000, 'ok', /^29\.3 GB free/],
])('%i MB of room', (megabytes, state, message) => {
  expect(diskFinding('/data', megabytes * 1024 * 1024, undefined)).toMatchObject({
    state,
    message: expect.stringMatching(message) as string,
  })
})

test('a folder that cannot be written is broken, whatever room there is', () => {
  expect(diskFinding('/data/.flinkts', 2 ** 40, '/data')).toMatchObject({
    state: 'broken',
    message: '/data cannot be written by this user',
  })
})

test('files from the future are found', () => {
  const project = newProject()
  const now = Date.now()
  expect(checkClock(project, now).state).toBe('ok')
  utimesSync(join(project.folder, 'flinkts.yaml'), new Date(now), new Date(now + 3_600_000))
  expect(checkClock(project, now)).toMatchObject({
    state: 'warning',
    message: expect.stringMatching(/3600 s in the future/) as string,
  })
})

test('a .flinkts of another layout is found', () => {
  const project = newProject()
  expect(checkVersions(project).map(({ state }) => state)).toEqual(['ok'])
  mkdirSync(project.stateFolder)
  writeFileSync(join(project.stateFolder, 'version.json'), '{"layout":9,"version":"9.0.0"}')
  expect(checkVersions(project)).toContainEqual(expect.objectContaining({ check: '.flinkts', state: 'broken' }))
})

test('a taken port is named with its holder; only an asked-for one is a fault', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const asked = newProject(`kafka: { port: ${port} }\n`)
  const [kafka] = await checkPorts(asked, [], undefined)
  expect(kafka).toMatchObject({ check: `port ${port}`, state: 'broken' })
  if (process.platform === 'linux') expect(kafka!.message).toContain(`(pid ${process.pid})`)
  const own = { name: 'kafka', provider: 'embedded', state: 'running', pid: 1, error: undefined } as const
  const [ours] = await checkPorts(asked, [{ ...own, address: `127.0.0.1:${port}` }], undefined)
  expect(ours).toMatchObject({ state: 'ok', message: 'Kafka of this project' })
})

const partition = (number: number, records: number, lastRecordTimeMs?: number): TopicInfo['partitions'][number] => ({
  partition: number,
  earliestOffset: 0,
  latestOffset: records,
  firstRecordTimeMs: undefined,
  lastRecordTimeMs,
  sizeBytes: undefined,
})

test.each<[string, TopicInfo['partitions'], (number | undefined)[], number, RegExp[]]>([
  ['a good topic', [partition(0, 5, 1000), partition(1, 5, 900)], [1, 2], 2, []],
  ['no timestamps', [partition(0, 5), partition(1, 5, 1)], [undefined, 1], 1, [/partition 0 have no timestamp/]],
  ['the future', [partition(0, 5, 100_000)], [1], 1, [/99 s in the future/]],
  [
    'empty partitions',
    [partition(0, 5, 1), partition(1, 0), partition(2, 0)],
    [1],
    1,
    [/partitions 1, 2 of 3 hold no/],
  ],
  ['an empty topic', [partition(0, 0), partition(1, 0)], [], 1, []],
  ['too few partitions', [partition(0, 5, 1)], [1], 4, [/3 source subtasks read nothing/]],
])('topics: %s', (_name, partitions, times, parallelism, expected) => {
  const findings = topicFindings({ name: 't', partitions, configs: {} }, times, parallelism, 1000)
  expect(findings).toHaveLength(expected.length)
  expected.forEach((pattern, index) =>
    expect(findings[index]).toMatchObject({ state: 'warning', message: expect.stringMatching(pattern) as string }),
  )
})

test('a real broker answers, and its topics are looked at', async () => {
  const broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
  onTestFinished(() => broker.stop())
  const status = { name: 'kafka', provider: 'embedded', state: 'running', pid: 1, error: undefined } as const
  const signal = new AbortController().signal
  const findings = await checkKafka(newProject(), { ...status, address: broker.bootstrap }, 2, signal)
  expect(findings[0]).toMatchObject({ check: 'kafka', state: 'ok' })
  expect(findings[1]).toMatchObject({ check: 'topic t', state: 'warning' })
})

test('what is stopped is no fault, what failed is', () => {
  const service = { name: 'postgres', provider: 'embedded', address: undefined, pid: undefined } as const
  expect(idleFinding({ ...service, state: 'stopped', error: undefined }).state).toBe('ok')
  expect(idleFinding({ ...service, state: 'failed', error: 'it died' })).toMatchObject({
    state: 'broken',
    message: 'it died',
  })
})

test('a bad flinkts.yaml, a missing SQL file and an unreachable Kafka are findings with a remedy', async () => {
  const bad = newProject()
  writeFileSync(join(bad.folder, 'flinkts.yaml'), 'topcs: {}\n')
  expect(await runDoctor(bad.folder)).toContainEqual(
    expect.objectContaining({
      check: expect.stringMatching(/flinkts\.yaml:1$/) as string,
      fix: 'write topics',
      state: 'broken',
    }),
  )
  const { folder } = newProject(
    'services: external\nkafka: { bootstrapServers: "127.0.0.1:1" }\npostgres: { sql: [missing.sql] }\n',
  )
  const findings = await runDoctor(folder)
  expect(findings).toContainEqual(expect.objectContaining({ check: 'kafka', state: 'broken' }))
  expect(findings).toContainEqual(
    expect.objectContaining({ state: 'broken', message: expect.stringContaining('missing.sql') as string }),
  )
  const text = renderFindings(findings)
  expect(text).toMatch(/^BROKEN {3}kafka +.*\n +→ /m)
  expect(text).toMatch(/2 problems, \d+ warnings?, \d+ fine\.$/)
}, 30_000)
