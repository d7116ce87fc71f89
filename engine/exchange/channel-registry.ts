// The channels of one TaskManager, by number: routes what its links bring to the subtasks.
import { check } from '../common/check.ts'
import {
  CREDITS_PER_CHANNEL,
  type ChannelElement,
  type InputChannel,
  type Link,
  type LinkMessage,
  type OutputChannel,
} from './channel.ts'

class CreditedOutput implements OutputChannel {
  readonly #channel: number
  readonly #link: Link
  readonly #wake: () => void
  readonly #waiting: ChannelElement[] = []
  #head = 0
  #credits = 0
  #connected = false

  constructor(channel: number, link: Link, wake: () => void) {
    this.#channel = channel
    this.#link = link
    this.#wake = wake
  }

  send(element: ChannelElement): void {
    if (this.#head < this.#waiting.length || !this.#connected || (element.kind === 'page' && this.#credits === 0)) {
      this.#waiting.push(element)
    } else this.#post(element)
  }

  isAvailable(): boolean {
    return this.#credits > 0 && this.drained
  }

  get drained(): boolean {
    return this.#head === this.#waiting.length
  }

  grant(credits: number): void {
    this.#connected = true
    this.#credits += credits
    while (this.#head < this.#waiting.length) {
      const next = this.#waiting[this.#head]!
      if (next.kind === 'page' && this.#credits === 0) return
      this.#head++
      this.#post(next)
    }
    this.#waiting.length = 0
    this.#head = 0
    this.#wake()
  }

  #post(element: ChannelElement): void {
    if (element.kind === 'page') this.#credits--
    this.#link.post({ kind: 'element', channel: this.#channel, element })
  }
}

class QueuedInput implements InputChannel {
  readonly #channel: number
  readonly #link: Link
  readonly #wake: () => void
  #queue: ChannelElement[] = []
  #head = 0
  #creditsOwed = 0

  constructor(channel: number, link: Link, wake: () => void) {
    this.#channel = channel
    this.#link = link
    this.#wake = wake
  }

  get queued(): number {
    return this.#queue.length - this.#head
  }

  start(): void {
    this.#link.post({ kind: 'credit', channel: this.#channel, credits: CREDITS_PER_CHANNEL })
  }

  push(element: ChannelElement): void {
    this.#queue.push(element)
    this.#wake()
  }

  poll(): ChannelElement | undefined {
    if (this.#head === this.#queue.length) return undefined
    const element = this.#queue[this.#head]!
    if (++this.#head === this.#queue.length) {
      this.#queue = []
      this.#head = 0
    }
    if (element.kind === 'page') this.#returnCredit()
    return element
  }

  /** In halves, so that a busy channel costs few messages, and at once when the queue ran dry. */
  #returnCredit(): void {
    this.#creditsOwed++
    if (this.#creditsOwed < CREDITS_PER_CHANNEL / 2 && this.queued > 0) return
    this.#link.post({ kind: 'credit', channel: this.#channel, credits: this.#creditsOwed })
    this.#creditsOwed = 0
  }
}

export class ChannelRegistry {
  readonly #outputs = new Map<number, CreditedOutput>()
  readonly #inputs = new Map<number, QueuedInput>()

  /** `wake` is called when the sender may have become available. */
  openOutput(channel: number, link: Link, wake: () => void): OutputChannel {
    check(!this.#outputs.has(channel), `output channel ${channel} is opened twice`)
    const output = new CreditedOutput(channel, link, wake)
    this.#outputs.set(channel, output)
    return output
  }

  /** `wake` is called when an element arrived. */
  openInput(channel: number, link: Link, wake: () => void): InputChannel {
    check(!this.#inputs.has(channel), `input channel ${channel} is opened twice`)
    const input = new QueuedInput(channel, link, wake)
    this.#inputs.set(channel, input)
    return input
  }

  /** Messages for channels that are closed are dropped: they belong to an attempt that ended. */
  receive(message: LinkMessage): void {
    if (message.kind === 'credit') this.#outputs.get(message.channel)?.grant(message.credits)
    else this.#inputs.get(message.channel)?.push(message.element)
  }

  closeOutputs(channels: Iterable<number>): void {
    for (const channel of channels) this.#outputs.delete(channel)
  }

  closeInputs(channels: Iterable<number>): void {
    for (const channel of channels) this.#inputs.delete(channel)
  }

  get openChannels(): number {
    return this.#outputs.size + this.#inputs.size
  }
}
