// Who is slowed down, and for how long (KIP-13, KIP-55, KIP-124): client quotas by user, by client id or by both. The answer
// that is too much is given at once, with the time to wait, and nothing more is read from that client meanwhile (KIP-219).
import { quotaEntityKey, type ClientQuotaImage, type ClusterImage, type QuotaEntity } from '../cluster-metadata.ts'
import { QuotaRate } from './quota-rate.ts'

export type EnforcedQuota = 'producer_byte_rate' | 'consumer_byte_rate' | 'request_percentage'

export interface QuotaClient {
  readonly user: string
  readonly clientId: string
}

export interface ClientQuotasOptions {
  readonly image: () => Pick<ClusterImage, 'clientQuotas'>
  readonly monotonicMs: () => number
}

/** Shares of a thread are made good within a window: the wait for them is bounded. */
const requestThrottleMsMax = 1000
/** More rates than this, and those that are idle are forgotten. */
const ratesMax = 1000
const int32Max = 0x7fffffff

export class ClientQuotas {
  private readonly options: ClientQuotasOptions
  private readonly rates = new Map<string, QuotaRate>()

  constructor(options: ClientQuotasOptions) {
    this.options = options
  }

  /** There is any quota: else nothing need be measured. */
  get areSet(): boolean {
    return this.options.image().clientQuotas.size > 0
  }

  /** Bytes, or percents of a second, that the client has taken; how long it has to wait for that, ms. */
  record(quota: EnforcedQuota, client: QuotaClient, amount: number): number {
    const found = this.quotaOf(quota, client)
    if (found === undefined) return 0
    const nowMs = this.options.monotonicMs()
    const waitMs = this.rate(`${quota} ${found.countedAs}`, nowMs).record(amount, found.limit, nowMs)
    return Math.min(waitMs, quota === 'request_percentage' ? requestThrottleMsMax : int32Max)
  }

  /** The most special one that sets it, in Kafka's order. `countedAs`: who shares it. */
  private quotaOf(quota: EnforcedQuota, client: QuotaClient): { limit: number; countedAs: string } | undefined {
    const { clientQuotas } = this.options.image()
    for (const { entity, countedAs } of candidates(client)) {
      const found: ClientQuotaImage | undefined = clientQuotas.get(quotaEntityKey(entity))
      const limit = found?.values[quota]
      if (limit !== undefined) return { limit, countedAs: quotaEntityKey(countedAs) }
    }
    return undefined
  }

  private rate(key: string, nowMs: number): QuotaRate {
    const known = this.rates.get(key)
    if (known !== undefined) return known
    if (this.rates.size >= ratesMax)
      for (const [other, rate] of this.rates) if (rate.isIdle(nowMs)) this.rates.delete(other)
    const made = new QuotaRate()
    this.rates.set(key, made)
    return made
  }
}

/** Null stands for the default of all that have none. */
function candidates({ user, clientId }: QuotaClient): { entity: QuotaEntity; countedAs: QuotaEntity }[] {
  const both = { user, 'client-id': clientId }
  return [
    { entity: both, countedAs: both },
    { entity: { user, 'client-id': null }, countedAs: both },
    { entity: { user }, countedAs: { user } },
    { entity: { user: null, 'client-id': clientId }, countedAs: both },
    { entity: { user: null, 'client-id': null }, countedAs: both },
    { entity: { user: null }, countedAs: { user } },
    { entity: { 'client-id': clientId }, countedAs: { 'client-id': clientId } },
    { entity: { 'client-id': null }, countedAs: { 'client-id': clientId } },
  ]
}
