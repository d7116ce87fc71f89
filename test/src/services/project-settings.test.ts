import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadProject, type Project } from '../../../src/config/project.ts'
import { projectConfiguration } from '../../../src/services/project-settings.ts'

function projectWith(yaml: string): Project {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-settings-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'flinkts.yaml'), yaml)
  return loadProject(folder)
}

test('settings that jobs begin with stand under Flink’s keys; a flag is above the file', () => {
  const project = projectWith('parallelism: 2\ncheckpoints: { interval: 10s }\n')
  expect(projectConfiguration(project)).toEqual({
    'parallelism.default': '2',
    'execution.checkpointing.interval': '10s',
  })
  expect(projectConfiguration(project, { parallelism: 3 })['parallelism.default']).toBe('3')
})

test('checkpoints and savepoints go to the storage, from the project’s folder', () => {
  const project = projectWith('checkpoints: { storage: state }\n')
  expect(projectConfiguration(project)).toEqual({
    'execution.checkpointing.dir': join(project.folder, 'state', 'checkpoints'),
    'execution.checkpointing.savepoint-dir': join(project.folder, 'state', 'savepoints'),
  })
  const absolute = projectWith('checkpoints: { storage: "file:///var/state" }\n')
  expect(projectConfiguration(absolute)['execution.checkpointing.dir']).toBe('/var/state/checkpoints')
})
