// The engine sends a container's standard output and error as one stream of frames: a byte for the stream, three zeros, the
// length as four bytes, the text. Source: Docker Engine API, "Stream format" of ContainerAttach.
import { StringDecoder } from 'node:string_decoder'

const HEADER_BYTES = 8

/** Makes lines of frames that arrive in any pieces. Lines of the two outputs are kept apart. */
export class LogFrames {
  #pending: Buffer = Buffer.alloc(0)
  readonly #rests = new Map<number, string>()
  readonly #decoders = new Map<number, StringDecoder>()

  /** The lines that are whole now. */
  push(chunk: Buffer): string[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    const lines: string[] = []
    let at = 0
    while (this.#pending.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + this.#pending.readUInt32BE(at + 4)
      if (end > this.#pending.length) break
      lines.push(...this.#text(this.#pending[at]!, this.#pending.subarray(at + HEADER_BYTES, end)))
      at = end
    }
    this.#pending = this.#pending.subarray(at)
    return lines
  }

  /** What was not ended by a line feed. */
  end(): string[] {
    return [...this.#rests.values()].filter((rest) => rest !== '')
  }

  #text(output: number, bytes: Buffer): string[] {
    const decoder = this.#decoders.get(output) ?? new StringDecoder('utf8')
    this.#decoders.set(output, decoder)
    const parts = ((this.#rests.get(output) ?? '') + decoder.write(bytes)).split('\n')
    this.#rests.set(output, parts.pop()!)
    return parts.map((line) => line.replace(/\r$/, ''))
  }
}

/** All lines of a log that was sent as a whole. */
export function linesOfLog(log: Buffer): string[] {
  const frames = new LogFrames()
  return [...frames.push(log), ...frames.end()]
}
