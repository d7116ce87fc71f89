// Kafka's checkpoint files: one number per partition, replaced as a whole.
//
//   0                          version
//   2                          number of lines that follow
//   rides 0 4711               topic, partition, offset
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

export interface PartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export function writeCheckpointFile(path: string, offsets: readonly PartitionOffset[]): void {
  const lines = offsets.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}\n`)
  writeFileSync(`${path}.tmp`, `0\n${lines.length}\n${lines.join('')}`)
  renameSync(`${path}.tmp`, path)
}

/** Empty where the file is missing, of another version or not complete: then nothing is known. */
export function readCheckpointFile(path: string): PartitionOffset[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  const [version, count, ...lines] = text.trimEnd().split('\n')
  if (version !== '0' || lines.length !== Number(count)) return []
  return lines.map((line) => {
    const [topic, partition, offset] = line.split(' ')
    return { topic: topic!, partition: Number(partition), offset: Number(offset) }
  })
}
