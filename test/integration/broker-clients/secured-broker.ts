// A broker that is encrypted and asks for a login: user alice, password alice-secret.
import type { BrokerOptions } from '../../../engine/broker.ts'
import { testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { temporaryDirectory } from '../../engine/kafka/log/log-fixture.ts'
import { certificateFiles, TestAuthority } from '../../helpers/certificates.ts'

const users = [{ name: 'alice', password: 'alice-secret' }]
export const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

export async function securedBroker(
  more: Partial<BrokerOptions> = {},
): Promise<{ readonly bootstrap: string; readonly caFile: string; readonly directory: string }> {
  const directory = temporaryDirectory()
  const authority = new TestAuthority()
  const { keyFile, certificateFile, caFile } = certificateFiles(directory, authority)
  const listener = { securityProtocol: 'SASL_SSL' as const, tls: { keyFile, certificateFile } }
  // A refused client may well drop the connection in the middle of a TLS record.
  const broker = await testBroker({ listeners: [listener], users, log: () => {}, ...more })
  return { bootstrap: broker.bootstrap, caFile, directory }
}
