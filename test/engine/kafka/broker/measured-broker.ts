// A broker in a process of its own, whose memory and open files can be looked at.
import { readdirSync, readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { startBrokerProcess, type BrokerProcess, type BrokerProcessStart } from '../../../../engine/broker.ts'

export const mebibyte = 1024 * 1024

export interface MeasuredBroker extends BrokerProcess {
  /** 0 where there is no /proc. */
  residentBytes(): number
  /** Descriptors; 0 where there is no /proc. */
  openFiles(): number
}

export async function measuredBroker(start: BrokerProcessStart = {}): Promise<MeasuredBroker> {
  const broker = await startBrokerProcess(start)
  onTestFinished(() => broker.stop())
  const folder = `/proc/${broker.pid}`
  const isMeasurable = process.platform === 'linux'
  return {
    ...broker,
    residentBytes: () =>
      isMeasurable ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`${folder}/status`, 'utf8'))![1]) * 1024 : 0,
    openFiles: () => (isMeasurable ? readdirSync(`${folder}/fd`).length : 0),
  }
}
