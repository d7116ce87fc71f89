import { describe, expect, it } from 'vitest'
import { Mailbox } from '../../../engine/task/mailbox.ts'

describe('a mailbox', () => {
  it('runs mail in order; mail put meanwhile waits for the next round', () => {
    const mailbox = new Mailbox()
    const ran: number[] = []
    mailbox.put(() => {
      ran.push(1)
      mailbox.put(() => ran.push(3))
    })
    mailbox.put(() => ran.push(2))
    mailbox.runMails()
    expect([ran, mailbox.hasMail]).toEqual([[1, 2], true])
    mailbox.runMails()
    expect([ran, mailbox.hasMail]).toEqual([[1, 2, 3], false])
  })

  it('never sleeps through a wake that came after the signal was cleared', async () => {
    const mailbox = new Mailbox()
    mailbox.clearSignal()
    mailbox.wake()
    await mailbox.wait()
    mailbox.clearSignal()
    let woken = false
    const waiting = mailbox.wait().then(() => (woken = true))
    await Promise.resolve()
    expect(woken).toBe(false)
    mailbox.put(() => undefined)
    await waiting
    expect(woken).toBe(true)
  })
})
