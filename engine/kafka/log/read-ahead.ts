// Reads what a reader will ask for next while it works on what it got. A consumer of one partition asks, waits, works and
// asks again; with the next answer in memory it waits for the network only.
//
// A file's bytes never change once they are part of it, so a block cannot become wrong: what replaces a segment (the
// cleaner's) is another file. Blocks nobody comes for are bounded in number and size, the oldest goes first.
import type { LogFile } from './log-file.ts'

const blocksMax = 8
/** Whoever asks for more at once has enough to work on. */
const blockBytesMax = 2 * 1024 * 1024

/** Where the memory of blocks comes from. */
export interface BlockMemory {
  take(bytes: number): Buffer
  giveBack(buffer: Buffer): void
}

/** Where the bytes of an answer are. */
export interface ReadMemory {
  /** At least so long. */
  allocate(bytes: number): Buffer
  /** What was read ahead goes into the answer as it is: its memory is like one that was allocated for it. */
  adopt(buffer: Buffer): void
  readonly readAhead: ReadAhead | undefined
}

export interface ReadBlock {
  /** At least as long as what is read. */
  readonly bytes: Buffer
  /** How many bytes are in `bytes`, when they are. Rejects as the file's `read` does. */
  readonly count: Promise<number>
}

interface PlacedBlock extends ReadBlock {
  readonly file: LogFile
  readonly position: number
  readonly length: number
}

export class ReadAhead {
  private readonly memory: BlockMemory
  private blocks: readonly PlacedBlock[] = []

  constructor(memory: BlockMemory) {
    this.memory = memory
  }

  /** Begins to read, where that is worth while. `length` bytes lie there. */
  begin(file: LogFile, position: number, length: number): void {
    if (length > blockBytesMax || file.readsAtOnce(length) || this.find(file, position) !== undefined) return
    if (this.blocks.length === blocksMax) this.drop(this.blocks[0]!)
    const bytes = this.memory.take(length)
    const block = { file, position, length, bytes, count: file.read(bytes, length, position) }
    this.blocks = [...this.blocks, block]
    // Whoever comes then reads it himself, and is told.
    block.count.catch(() => this.drop(block))
  }

  /** A block that was begun for just this, whose memory is the caller's now. */
  claim(file: LogFile, position: number, length: number): ReadBlock | undefined {
    const block = this.find(file, position)
    if (block === undefined) return undefined
    if (block.length === length) this.remove(block)
    else this.drop(block)
    return block.length === length ? block : undefined
  }

  private find(file: LogFile, position: number): PlacedBlock | undefined {
    return this.blocks.find((block) => block.file === file && block.position === position)
  }

  private drop(block: PlacedBlock): void {
    if (!this.remove(block)) return
    const giveBack = (): void => this.memory.giveBack(block.bytes)
    block.count.then(giveBack, giveBack)
  }

  private remove(block: PlacedBlock): boolean {
    const rest = this.blocks.filter((other) => other !== block)
    const isHere = rest.length < this.blocks.length
    this.blocks = rest
    return isHere
  }
}
