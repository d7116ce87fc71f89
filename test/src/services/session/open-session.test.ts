import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { startMessage } from '../../../../src/services/session/open-session.ts'

it('lets go of a session process that does not say that it is ready', async () => {
  const child = spawn(
    process.execPath,
    ['-e', 'process.on("disconnect", () => undefined); setInterval(() => 0, 1000)'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    },
  )
  try {
    await once(child, 'spawn')
    await expect(startMessage(child, 'session.log', 50)).rejects.toMatchObject({
      code: 'SESSION_START_FAILED',
      message: 'the session process was not ready within 50 ms',
      fix: 'look at session.log',
    })
    // an open channel would keep this process alive for as long as that one
    expect(child.connected).toBe(false)
    expect(child.exitCode).toBeNull()
  } finally {
    child.kill('SIGKILL')
  }
})
