import { expect, test } from 'vitest'
import { mayHeal } from '../../../../engine/kafka/client/backoff.ts'
import { kafkaError } from '../../../../engine/kafka/client/kafka-error.ts'

const storageError = 56

test('a broker’s full disk does not heal by trying again; other trouble with its disk may', () => {
  const full = kafkaError(storageError, 'writing to t-0', 'cannot append: ENOSPC: no space left on device, write')
  expect([full.code, mayHeal(full)]).toEqual(['DISK_FULL', false])
  const other = kafkaError(storageError, 'writing to t-0', 'cannot append: EIO: i/o error, write')
  expect([other.code, mayHeal(other)]).toEqual(['KAFKA_REFUSED', true])
})
