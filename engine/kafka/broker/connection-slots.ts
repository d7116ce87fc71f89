// How many connections there may be, over all listeners (Kafka's ConnectionQuotas): beyond `max.connections` a client waits,
// connected but not listened to, until another leaves; beyond `max.connections.per.ip` it is closed at once.

export interface Applicant {
  /** Of the client, as the socket names it. */
  readonly address: string
  /** It has a slot from now on, until `leave`. */
  admit(): void
  /** It gets none. */
  refuse(reason: string): void
}

export interface ConnectionLimits {
  /** `max.connections` */
  readonly maxConnections: number
  /** `max.connections.per.ip` */
  readonly maxConnectionsPerIp: number
}

/** So many wait at most, as in the queue of a listening socket. */
const waitingMax = 1024

export class ConnectionSlots {
  private readonly limits: ConnectionLimits
  private readonly countByAddress = new Map<string, number>()
  private readonly admitted = new Set<Applicant>()
  /** First come, first served. */
  private readonly waiting = new Set<Applicant>()

  constructor(limits: ConnectionLimits) {
    this.limits = limits
  }

  apply(applicant: Applicant): void {
    if (this.admitted.size < this.limits.maxConnections) return this.admit(applicant)
    if (this.waiting.size >= waitingMax) return applicant.refuse(`${waitingMax} others wait for a connection already`)
    this.waiting.add(applicant)
  }

  /** The client is gone, whether it was admitted or not. */
  leave(applicant: Applicant): void {
    this.waiting.delete(applicant)
    if (!this.admitted.delete(applicant)) return
    const count = this.countByAddress.get(applicant.address)! - 1
    if (count === 0) this.countByAddress.delete(applicant.address)
    else this.countByAddress.set(applicant.address, count)
    for (const next of this.waiting) {
      if (this.admitted.size >= this.limits.maxConnections) return
      this.waiting.delete(next)
      this.admit(next)
    }
  }

  private admit(applicant: Applicant): void {
    const { maxConnectionsPerIp } = this.limits
    const count = this.countByAddress.get(applicant.address) ?? 0
    if (count >= maxConnectionsPerIp)
      return applicant.refuse(
        `${applicant.address} has ${count} connections; max.connections.per.ip is ${maxConnectionsPerIp}`,
      )
    this.countByAddress.set(applicant.address, count + 1)
    this.admitted.add(applicant)
    applicant.admit()
  }
}
