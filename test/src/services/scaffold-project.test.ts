import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadProject } from '../../../src/config/project.ts'
import { listTemplates, scaffoldProject } from '../../../src/services/scaffold-project.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-scaffold-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('every template makes a project whose configuration holds', () => {
  for (const template of listTemplates()) {
    const made = scaffoldProject(join(folder, template.name), template.name)
    const project = loadProject(join(made.folder, 'jobs'))
    expect(project.folder).toBe(made.folder)
    expect(project.config.topics[template.produce.topic]).toBeDefined()
    expect(readdirSync(made.folder)).toEqual(expect.arrayContaining(['.gitignore', 'package.json', 'flinkts.yaml']))
    expect(readdirSync(made.folder)).not.toContain('template.json')
    for (const file of [template.run, template.produce.file])
      expect(readFileSync(join(made.folder, file)).length).toBeGreaterThan(0)
  }
})

test('never writes into a folder that holds something', () => {
  writeFileSync(join(folder, 'mine.txt'), 'mine')
  expect(() => scaffoldProject(folder, 'taxi')).toThrowError(
    expect.objectContaining({ code: 'PROJECT_EXISTS' }) as Error,
  )
  expect(readdirSync(folder)).toEqual(['mine.txt'])
})

test('an unknown template is refused with the known ones', () => {
  expect(() => scaffoldProject(join(folder, 'x'), 'texi')).toThrowError(
    expect.objectContaining({ code: 'FILE_NOT_FOUND', fix: expect.stringContaining('taxi') }) as Error,
  )
})
