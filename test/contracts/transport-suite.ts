// What every link between TaskManagers must do, whatever carries it: order, no loss, back-pressure by credits.
import { afterEach, describe, expect, it } from 'vitest'
import {
  CREDITS_PER_CHANNEL,
  type ChannelElement,
  type InputChannel,
  type Link,
} from '../../engine/exchange/channel.ts'
import type { ChannelRegistry } from '../../engine/exchange/channel-registry.ts'

export interface TransportUnderTest {
  readonly sender: ChannelRegistry
  readonly receiver: ChannelRegistry
  readonly toReceiver: Link
  readonly toSender: Link
  close(): void
}

export function runTransportSuite(name: string, open: () => TransportUnderTest): void {
  let transport: TransportUnderTest | undefined
  afterEach(() => {
    transport?.close()
    transport = undefined
  })

  const page = (value: number): ChannelElement => ({ kind: 'page', bytes: Uint8Array.of(value).buffer })
  const valueOf = (element: ChannelElement): number | string =>
    element.kind === 'page' ? new Uint8Array(element.bytes)[0]! : element.kind

  async function take(input: InputChannel, count: number): Promise<(number | string)[]> {
    const taken: (number | string)[] = []
    for (let turns = 0; taken.length < count; turns++) {
      const element = input.poll()
      if (element !== undefined) taken.push(valueOf(element))
      else await new Promise((resolve) => setImmediate(resolve))
      if (turns > 100_000) throw new Error(`only ${taken.length} of ${count} elements arrived`)
    }
    return taken
  }

  async function turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  describe(`transport: ${name}`, () => {
    it('keeps pages and events in order', async () => {
      transport = open()
      const output = transport.sender.openOutput(1, transport.toReceiver, () => undefined)
      const input = transport.receiver.openInput(1, transport.toSender, () => undefined)
      output.send({ kind: 'watermark', timestamp: 1 })
      for (let value = 0; value < 50; value++) output.send(page(value))
      output.send({ kind: 'end-of-input' })
      input.start()
      const expected = ['watermark', ...Array.from({ length: 50 }, (_, value) => value), 'end-of-input']
      expect(await take(input, 52)).toEqual(expected)
      await turns(20)
      expect(output.drained).toBe(true)
    })

    it('sends nothing before the receiver starts, and no more pages than it has credits for', async () => {
      transport = open()
      let wakes = 0
      const output = transport.sender.openOutput(1, transport.toReceiver, () => wakes++)
      const input = transport.receiver.openInput(1, transport.toSender, () => undefined)
      expect(output.isAvailable()).toBe(false)
      for (let value = 0; value < CREDITS_PER_CHANNEL + 5; value++) output.send(page(value))
      await turns(20)
      expect(input.queued).toBe(0)
      input.start()
      await turns(50)
      expect(input.queued).toBe(CREDITS_PER_CHANNEL)
      expect([output.isAvailable(), output.drained]).toEqual([false, false])
      await take(input, CREDITS_PER_CHANNEL + 5)
      await turns(50)
      expect([output.isAvailable(), output.drained]).toEqual([true, true])
      expect(wakes).toBeGreaterThan(0)
    })

    it('lets events through without credits, but never past a page that waits', async () => {
      transport = open()
      const output = transport.sender.openOutput(1, transport.toReceiver, () => undefined)
      const input = transport.receiver.openInput(1, transport.toSender, () => undefined)
      input.start()
      await turns(20)
      for (let value = 0; value < CREDITS_PER_CHANNEL; value++) output.send(page(value))
      output.send({ kind: 'watermark', timestamp: 1 })
      output.send(page(99))
      output.send({ kind: 'watermark-status', idle: true })
      await turns(50)
      expect(input.queued).toBe(CREDITS_PER_CHANNEL + 1)
      const all = await take(input, CREDITS_PER_CHANNEL + 3)
      expect(all.slice(-3)).toEqual(['watermark', 99, 'watermark-status'])
    })

    it('keeps channels apart and drops what comes for closed ones', async () => {
      transport = open()
      const [one, two] = [1, 2].map((channel) => ({
        output: transport!.sender.openOutput(channel, transport!.toReceiver, () => undefined),
        input: transport!.receiver.openInput(channel, transport!.toSender, () => undefined),
      }))
      one!.input.start()
      two!.input.start()
      one!.output.send(page(1))
      two!.output.send(page(2))
      expect([await take(one!.input, 1), await take(two!.input, 1)]).toEqual([[1], [2]])
      transport.receiver.closeInputs([1])
      one!.output.send(page(3))
      two!.output.send(page(4))
      expect(await take(two!.input, 1)).toEqual([4])
      transport.sender.closeOutputs([1, 2])
      transport.receiver.closeInputs([2])
      expect([transport.sender.openChannels, transport.receiver.openChannels]).toEqual([0, 0])
    })
  })
}
