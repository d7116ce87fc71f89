import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadProject } from '../../../src/config/project.ts'
import { listTemplates, packageJson, scaffoldProject } from '../../../src/services/scaffold-project.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-scaffold-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8')

test('there is a template for trips, clicks, sensors, orders, and none', () => {
  expect(listTemplates().map(({ name }) => name)).toEqual(['taxi', 'clickstream', 'sensors', 'orders', 'blank'])
})

describe.each(listTemplates())('$name', (template) => {
  test('makes a whole project whose configuration holds', () => {
    const made = scaffoldProject(join(folder, 'My Project'), template.name)
    const project = loadProject(join(made.folder, 'jobs'))
    expect(project.folder).toBe(made.folder)
    expect(project.config.services).toBe('embedded')
    expect(project.config.checkpoints.interval).toBe('10s')
    for (const produce of template.produce) expect(project.config.topics[produce.split(' ')[0]!]).toBeDefined()
    expect(readdirSync(made.folder)).toEqual(
      expect.arrayContaining(['.github', '.gitignore', 'README.md', 'flinkts.yaml', 'package.json', 'tsconfig.json']),
    )
    expect(readdirSync(made.folder)).not.toContain('template.json')
    expect(readdirSync(made.folder)).not.toContain('gitignore')
    const jobs = readdirSync(join(made.folder, 'jobs'))
    expect(jobs.some((name) => name.endsWith('.sql'))).toBe(true)
    expect(jobs.some((name) => name.endsWith('.ts'))).toBe(true)
    expect(jobs.map((name) => `jobs/${name}`)).toContain(template.run)
  })

  test('fills in names, versions and commands', () => {
    scaffoldProject(join(folder, 'My Project'), template.name)
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(JSON.parse(read('My Project', 'package.json'))).toMatchObject({
      name: 'my-project',
      type: 'module',
      scripts: { start: `flinkts run ${template.run}` },
      devDependencies: { flinkts: `^${version}` },
    })
    const readme = read('My Project', 'README.md')
    expect(readme).toMatch(/^# my-project\n/)
    const workflow = read('My Project', '.github', 'workflows', 'test.yml')
    for (const text of [readme, workflow]) expect(text).not.toContain('{{')
    for (const produce of template.produce) {
      expect(workflow).toContain(`          npx flinkts produce ${produce}\n`)
      expect(readme).toContain(`npx flinkts produce ${produce}`)
    }
    expect(workflow).toContain(`          npx flinkts run ${template.run} --until now\n`)
    expect(readme).toContain(`npx flinkts run ${template.run}`)
    expect(readme).toContain(`npx flinkts query "${template.query}"`)
  })
})

test('services: docker is written where it is asked for', () => {
  scaffoldProject(join(folder, 'x'), 'orders', { services: 'docker' })
  expect(loadProject(join(folder, 'x')).config.services).toBe('docker')
  expect(read('x', 'flinkts.yaml')).not.toContain('inside flinkts')
})

test('never writes into a folder that holds something, nor over a file', () => {
  writeFileSync(join(folder, 'mine.txt'), 'mine')
  for (const target of [folder, join(folder, 'mine.txt'), join(folder, 'mine.txt', 'x')]) {
    expect(() => scaffoldProject(target, 'taxi')).toThrowError(
      expect.objectContaining({ code: 'PROJECT_EXISTS' }) as Error,
    )
  }
  expect(readdirSync(folder)).toEqual(['mine.txt'])
  expect(read('mine.txt')).toBe('mine')
})

test('a repository without files is as good as an empty folder', () => {
  mkdirSync(join(folder, '.git'))
  scaffoldProject(folder, 'blank')
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['.git', 'flinkts.yaml']))
})

test('a folder that cannot be filled is not left behind', () => {
  expect(() => scaffoldProject(join(folder, 'x'.repeat(300)), 'taxi')).toThrow()
  expect(readdirSync(folder)).toEqual([])
})

test('an unknown template is refused with the one that was meant, and the known ones', () => {
  expect(() => scaffoldProject(join(folder, 'x'), 'texi')).toThrowError(
    expect.objectContaining({
      code: 'FILE_NOT_FOUND',
      fix: 'did you mean taxi? templates: taxi, clickstream, sensors, orders, blank',
    }) as Error,
  )
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  ['rides', 'rides'],
  ['Ünder my Desk!', 'nder-my-desk'],
  ['日本', 'flinkts-project'],
])('the package of %s is %s', (name, expected) => {
  expect(JSON.parse(packageJson(join(folder, name), 'flinkts run x.sql'))).toMatchObject({ name: expected })
})
