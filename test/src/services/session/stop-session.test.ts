import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { identityOf } from '../../../../engine/host.ts'
import { loadProject } from '../../../../src/config/project.ts'
import { writeSessionRecord } from '../../../../src/services/session/session-files.ts'
import { stopSession } from '../../../../src/services/session/stop-session.ts'

let folder: string
let session: ChildProcess | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-stop-'))
})
afterEach(() => {
  session?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** A process at the address of a session that breaks every connection off; `then` is what it does next. */
async function endingSession(then: string): Promise<void> {
  const code = `require('node:net').createServer((socket) => { socket.destroy(); ${then} })
    .listen(0, '127.0.0.1', function () { process.send(this.address().port) })`
  session = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [port] = (await once(session, 'message')) as [number]
  writeSessionRecord(loadProject(folder), {
    ...identityOf(session.pid!)!,
    restAddress: `http://127.0.0.1:${port}`,
    version: '0.0.0',
  })
}

it('takes the end of a session that was ending by itself for the answer', async () => {
  await endingSession('setTimeout(() => process.exit(), 200)')
  expect(await stopSession(loadProject(folder), { volumes: false })).toEqual({ stopped: true, jobs: [] })
})

it('says that a session does not answer where it does not end either', async () => {
  await endingSession('')
  await expect(stopSession(loadProject(folder), { volumes: false })).rejects.toMatchObject({
    code: 'SESSION_UNREACHABLE',
  })
}, 30_000)
