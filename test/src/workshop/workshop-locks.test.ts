import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkingProcess, lockCheck, lockWatch } from '../../../src/workshop/workshop-locks.ts'

let project: { readonly stateFolder: string }
beforeEach(() => {
  project = { stateFolder: mkdtempSync(join(tmpdir(), 'flinkts-locks-')) }
})
afterEach(() => rmSync(project.stateFolder, { recursive: true }))

/** What a process that was killed has left behind: the pid lives, but as another process. */
function leaveLock(name: string): void {
  const folder = join(project.stateFolder, 'workshop', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '.lock'), JSON.stringify({ pid: process.pid, startTime: 'long ago' }))
}

const signal = new AbortController().signal

describe('a watch', () => {
  it('is one in a project, and the second is told by whom', () => {
    const lock = lockWatch(project)
    expect(() => lockWatch(project)).toThrow(
      `another terminal watches this workshop already, as process ${process.pid}`,
    )
    lock.release()
    lockWatch(project).release()
  })

  it('does not mind what a killed one left behind', () => {
    leaveLock('watch')
    lockWatch(project).release()
  })
})

describe('a check', () => {
  it('waits for the end of another, and says so once', async () => {
    const said: string[] = []
    const first = await lockCheck(project, { limitMs: 0, signal, waits: (line) => said.push(line) })
    expect(said).toEqual([])
    expect(checkingProcess(project)).toBe(process.pid)
    const second = lockCheck(project, {
      limitMs: 60_000,
      signal,
      waits(line) {
        said.push(line)
        first.release()
      },
    })
    ;(await second).release()
    expect(said).toEqual([`another check of this workshop runs, in process ${process.pid}: waiting for its end`])
    expect(checkingProcess(project)).toBeUndefined()
  })

  it('does not wait for ever, nor for one that is gone', async () => {
    leaveLock('check')
    expect(checkingProcess(project)).toBeUndefined()
    const lock = await lockCheck(project, { limitMs: 0, signal, waits: expect.unreachable })
    await expect(lockCheck(project, { limitMs: 1, signal, waits: () => undefined })).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
      message: expect.stringContaining(`in process ${process.pid}, and has not ended within 0.001 s`) as string,
    })
    lock.release()
  })

  it('waits no longer when it is not wanted any more', async () => {
    const lock = await lockCheck(project, { limitMs: 0, signal, waits: expect.unreachable })
    const abort = new AbortController()
    const waiting = lockCheck(project, {
      limitMs: 60_000,
      signal: abort.signal,
      waits: () => abort.abort(new Error('not wanted')),
    })
    await expect(waiting).rejects.toThrow('not wanted')
    lock.release()
  })
})
