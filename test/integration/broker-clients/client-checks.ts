// Programs in other languages that hold the broker to what a real Kafka does: each knows several named checks.
import { describe, expect, test } from 'vitest'
import type { BrokerOptions } from '../../../engine/broker.ts'
import { testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { runClient } from './run-client.ts'

export interface ClientProgram {
  readonly command: string
  readonly args: readonly string[]
}

/**
 * One test for each check: a broker of its own, and the program run with its arguments followed by
 * `<bootstrap> <check>`. A check passes when the program ends with 0; what it printed is shown when it does not.
 * The environment variable ROUNDS (default 5) scales what a check repeats.
 */
export function describeClientChecks(
  title: string,
  program: ClientProgram | undefined,
  checks: readonly string[],
  options: { readonly broker?: BrokerOptions; readonly timeoutMs?: number } = {},
): void {
  const timeoutMs = options.timeoutMs ?? 60_000
  describe.skipIf(program === undefined)(title, { timeout: timeoutMs + 10_000 }, () => {
    test.each(checks)('%s', async (check) => {
      const { bootstrap } = await testBroker(options.broker)
      const run = await runClient(program!.command, [...program!.args, bootstrap, check], { timeoutMs })
      expect(run.code, `${run.stdout}${run.stderr}`).toBe(0)
    })
  })
}
