// What the cluster consists of, as an image made of events: (image, event) → image. The metadata log keeps the events.

export interface TopicImage {
  readonly name: string
  /** Kafka's spelling of a uuid: 22 characters of base64url. */
  readonly topicId: string
  readonly partitionCount: number
  /** Only what was set for this topic; names and values as strings. */
  readonly configs: Readonly<Record<string, string>>
}

export interface ClusterImage {
  readonly topics: ReadonlyMap<string, TopicImage>
  /** First producer id that was never handed to this process or an earlier one. */
  readonly nextProducerId: number
}

export type MetadataEvent =
  | { readonly kind: 'topic-created'; readonly topic: TopicImage }
  | { readonly kind: 'topic-deleted'; readonly name: string }
  | { readonly kind: 'partitions-created'; readonly name: string; readonly partitionCount: number }
  | { readonly kind: 'topic-configured'; readonly name: string; readonly configs: Readonly<Record<string, string>> }
  | { readonly kind: 'producer-ids-reserved'; readonly nextProducerId: number }

export function emptyCluster(): ClusterImage {
  return { topics: new Map(), nextProducerId: 0 }
}

/** Changes `topics` in place: with ten thousand topics a copy per event would cost more than everything else. */
export function applyMetadataEvent(image: ClusterImage, event: MetadataEvent): ClusterImage {
  const topics = image.topics as Map<string, TopicImage>
  switch (event.kind) {
    case 'topic-created':
      topics.set(event.topic.name, event.topic)
      return image
    case 'topic-deleted':
      topics.delete(event.name)
      return image
    case 'partitions-created':
      topics.set(event.name, { ...topics.get(event.name)!, partitionCount: event.partitionCount })
      return image
    case 'topic-configured':
      topics.set(event.name, { ...topics.get(event.name)!, configs: event.configs })
      return image
    case 'producer-ids-reserved':
      return { ...image, nextProducerId: event.nextProducerId }
  }
}

/** The shortest row of events that leads to an image. */
export function* eventsOf(image: ClusterImage): Generator<MetadataEvent> {
  for (const topic of image.topics.values()) yield { kind: 'topic-created', topic }
  if (image.nextProducerId > 0) yield { kind: 'producer-ids-reserved', nextProducerId: image.nextProducerId }
}
