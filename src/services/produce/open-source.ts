import type { KafkaCluster } from '../../../engine/host.ts'
import { randomStreams } from '../../generators/index.ts'
import { DelayedSource } from './delayed-source.ts'
import type { EventOrigin, OriginOptions } from './event-origin.ts'
import type { EventSource } from './event-source.ts'
import { FileSource } from './file-source.ts'
import { GeneratorSource } from './generator-source.ts'
import { TombstoneSource } from './tombstone-source.ts'
import { TopicSource } from './topic-source.ts'

export async function openSource(
  origin: EventOrigin,
  { seed, disorder }: OriginOptions,
  cluster: KafkaCluster,
  signal: AbortSignal,
  notice: (line: string) => void,
): Promise<EventSource> {
  const delayed = (source: EventSource): EventSource =>
    disorder === undefined ? source : new DelayedSource(source, disorder, randomStreams(seed)('disorder'))
  switch (origin.kind) {
    case 'generator':
      return new GeneratorSource(origin.definition, { ...origin, seed, disorder })
    case 'file':
      return delayed(new FileSource({ ...origin, timeColumn: origin.timeColumn }))
    case 'topic':
      return delayed(await TopicSource.open(cluster, origin, signal, notice))
    case 'tombstones':
      return new TombstoneSource(origin.keys)
  }
}
