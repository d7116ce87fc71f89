// What the cluster consists of, as an image made of events: (image, event) → image. The metadata log keeps the events.

export interface TopicImage {
  readonly name: string
  /** Kafka's spelling of a uuid: 22 characters of base64url. */
  readonly topicId: string
  readonly partitionCount: number
  /** Only what was set for this topic; names and values as strings. */
  readonly configs: Readonly<Record<string, string>>
}

/** What is kept of a user's password (see protocol/scram.ts); bytes in base64. */
export interface ScramCredentialImage {
  readonly userName: string
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly salt: string
  readonly iterations: number
  readonly storedKey: string
  readonly serverKey: string
}

/** Type of entity (`user`, `client-id`, `ip`) to its name; null stands for the default of all that have none. */
export type QuotaEntity = Readonly<Record<string, string | null>>

export interface ClientQuotaImage {
  readonly entity: QuotaEntity
  readonly values: Readonly<Record<string, number>>
}

/** What was set for a resource that is no topic (its type is a ConfigResource.Type); a broker's name '' means all. */
export interface ResourceConfigsImage {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: Readonly<Record<string, string>>
}

export interface ClusterImage {
  readonly topics: ReadonlyMap<string, TopicImage>
  /** By `scramCredentialKey`. */
  readonly scramCredentials: ReadonlyMap<string, ScramCredentialImage>
  /** By `quotaEntityKey`. */
  readonly clientQuotas: ReadonlyMap<string, ClientQuotaImage>
  /** By `resourceKey`. */
  readonly resourceConfigs: ReadonlyMap<string, ResourceConfigsImage>
  /** First producer id that was never handed to this process or an earlier one. */
  readonly nextProducerId: number
}

export type MetadataEvent =
  | { readonly kind: 'topic-created'; readonly topic: TopicImage }
  | { readonly kind: 'topic-deleted'; readonly name: string }
  | { readonly kind: 'partitions-created'; readonly name: string; readonly partitionCount: number }
  | { readonly kind: 'topic-configured'; readonly name: string; readonly configs: Readonly<Record<string, string>> }
  | { readonly kind: 'producer-ids-reserved'; readonly nextProducerId: number }
  | { readonly kind: 'scram-credential-altered'; readonly credential: ScramCredentialImage }
  | ({ readonly kind: 'scram-credential-deleted' } & Pick<ScramCredentialImage, 'userName' | 'mechanism'>)
  /** All values of the entity; none: it has no quotas any more. */
  | ({ readonly kind: 'client-quota-altered' } & ClientQuotaImage)
  /** All that is set for the resource; none: it is forgotten. */
  | ({ readonly kind: 'resource-configured' } & ResourceConfigsImage)

export function scramCredentialKey({
  userName,
  mechanism,
}: Pick<ScramCredentialImage, 'userName' | 'mechanism'>): string {
  return `${mechanism} ${userName}`
}

export function quotaEntityKey(entity: QuotaEntity): string {
  return JSON.stringify(Object.entries(entity).sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function resourceKey(resourceType: number, resourceName: string): string {
  return `${resourceType} ${resourceName}`
}

export function emptyCluster(): ClusterImage {
  return {
    topics: new Map(),
    scramCredentials: new Map(),
    clientQuotas: new Map(),
    resourceConfigs: new Map(),
    nextProducerId: 0,
  }
}

/** Changes the maps in place: with ten thousand topics a copy per event would cost more than everything else. */
export function applyMetadataEvent(image: ClusterImage, event: MetadataEvent): ClusterImage {
  const topics = image.topics as Map<string, TopicImage>
  const credentials = image.scramCredentials as Map<string, ScramCredentialImage>
  const quotas = image.clientQuotas as Map<string, ClientQuotaImage>
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
    case 'scram-credential-altered':
      credentials.set(scramCredentialKey(event.credential), event.credential)
      return image
    case 'scram-credential-deleted':
      credentials.delete(scramCredentialKey(event))
      return image
    case 'client-quota-altered': {
      const { entity, values } = event
      if (Object.keys(values).length === 0) quotas.delete(quotaEntityKey(entity))
      else quotas.set(quotaEntityKey(entity), { entity, values })
      return image
    }
    case 'resource-configured': {
      const { resourceType, resourceName, configs } = event
      const resources = image.resourceConfigs as Map<string, ResourceConfigsImage>
      if (Object.keys(configs).length === 0) resources.delete(resourceKey(resourceType, resourceName))
      else resources.set(resourceKey(resourceType, resourceName), { resourceType, resourceName, configs })
      return image
    }
  }
}

/** The shortest row of events that leads to an image. */
export function* eventsOf(image: ClusterImage): Generator<MetadataEvent> {
  for (const topic of image.topics.values()) yield { kind: 'topic-created', topic }
  for (const credential of image.scramCredentials.values()) yield { kind: 'scram-credential-altered', credential }
  for (const quota of image.clientQuotas.values()) yield { kind: 'client-quota-altered', ...quota }
  for (const resource of image.resourceConfigs.values()) yield { kind: 'resource-configured', ...resource }
  if (image.nextProducerId > 0) yield { kind: 'producer-ids-reserved', nextProducerId: image.nextProducerId }
}
