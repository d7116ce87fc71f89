// All listeners of the broker as one.
import type { BrokerServices } from './broker-services.ts'
import { Listener } from './listener.ts'
import type { BrokerListener, ListenerPlan } from './security/listener-options.ts'

export class BrokerServer {
  private readonly listeners: readonly Listener[]

  private constructor(listeners: readonly Listener[]) {
    this.listeners = listeners
  }

  /** All or none. Throws KAFKA_LISTEN_FAILED, OPTION_INVALID (TLS). */
  static async listen(plans: readonly ListenerPlan[]): Promise<BrokerServer> {
    const listeners: Listener[] = []
    try {
      for (const plan of plans) listeners.push(await Listener.listen(plan))
    } catch (error) {
      for (const listener of listeners) await listener.close()
      throw error
    }
    return new BrokerServer(listeners)
  }

  get addresses(): BrokerListener[] {
    return this.listeners.map(({ address }) => address)
  }

  serve(services: BrokerServices): void {
    for (const listener of this.listeners) listener.serve(services)
  }

  closeIdle(nowMonotonicMs: number, idleMsMax: number): void {
    for (const listener of this.listeners) listener.closeIdle(nowMonotonicMs, idleMsMax)
  }

  /** Returns when no socket is open any more. */
  async close(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.close()))
  }
}
