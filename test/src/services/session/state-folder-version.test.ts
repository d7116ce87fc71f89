import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadProject, type Project } from '../../../../src/config/project.ts'
import { claimStateFolder, readStateFolderVersion } from '../../../../src/services/session/state-folder-version.ts'
import { stopSession } from '../../../../src/services/session/stop-session.ts'

function newProject(stamp?: string): Project {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-version-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'flinkts.yaml'), '')
  const project = loadProject(folder)
  if (stamp !== undefined) {
    mkdirSync(project.stateFolder)
    writeFileSync(join(project.stateFolder, 'version.json'), stamp)
  }
  return project
}

test('a new folder is stamped once, and taken again', () => {
  const project = newProject()
  claimStateFolder(project)
  const stamped = readStateFolderVersion(project)
  expect(stamped).toMatchObject({ layout: 1 })
  claimStateFolder(project)
  expect(readStateFolderVersion(project)).toEqual(stamped)
})

test.each([
  [
    '{"layout":2,"version":"7.0.0"}',
    /written by flinkts 7\.0\.0 \(layout 2\)/,
    /^go on with npx flinkts@7\.0\.0; .*mv /,
  ],
  ['{"lay', /written by flinkts an unknown version/, /^to begin anew and keep it, move it aside/],
])('a folder of another layout is refused and stays as it is: %s', async (stamp, message, fix) => {
  const project = newProject(stamp)
  mkdirSync(join(project.stateFolder, 'jobs'))
  expect(() => claimStateFolder(project)).toThrowError(
    expect.objectContaining({
      code: 'STATE_FOLDER_INCOMPATIBLE',
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    }) as Error,
  )
  expect(readFileSync(join(project.stateFolder, 'version.json'), 'utf8')).toBe(stamp)
  await stopSession(project, { volumes: false })
  expect(existsSync(join(project.stateFolder, 'jobs'))).toBe(true)
  await stopSession(project, { volumes: true })
  claimStateFolder(project)
})
