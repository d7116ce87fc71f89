// Hands out producer ids. They are reserved in blocks, so that only one in a thousand waits for the journal; what is left
// of a block at the end of the process is never used.
import type { MetadataLog } from './metadata-log.ts'

const blockSize = 1000

export class ProducerIds {
  private readonly metadata: MetadataLog
  private next: number
  private blockEnd: number

  constructor(metadata: MetadataLog) {
    this.metadata = metadata
    this.next = this.blockEnd = metadata.image.nextProducerId
  }

  allocate(): number {
    if (this.next === this.blockEnd) {
      this.metadata.append([{ kind: 'producer-ids-reserved', nextProducerId: this.next + blockSize }])
      this.blockEnd = this.next + blockSize
    }
    return this.next++
  }
}
