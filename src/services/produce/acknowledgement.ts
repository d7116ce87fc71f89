// How a command that writes to a topic ends where Kafka has gone: it waits a little, then says what the topic has.
import { abortLater, type LaterAbort } from './abort-later.ts'

/** Whoever asks for the end may be waiting for it: a Kafka that has gone is not waited for as long as otherwise. */
const ACKNOWLEDGE_AFTER_ABORT_MS = 5000

/** Aborts when nothing is waited for any more. */
export function acknowledgementLimit(signal: AbortSignal): LaterAbort {
  return abortLater(signal, ACKNOWLEDGE_AFTER_ABORT_MS)
}

/** What the topic has of the records that were sent. */
export function acknowledgedText(topic: string, acknowledged: number, sent: number): string {
  const open = sent - acknowledged
  const were = acknowledged === 1 ? 'record was' : 'records were'
  const rest = open === 0 ? 'nothing else was sent' : `${open} more were sent and may be there`
  return `${acknowledged} ${were} acknowledged: they are in topic ${topic}; ${rest}`
}

/** The last word where `acknowledgementLimit` was reached. */
export function notAcknowledgedNotice(topic: string, acknowledged: number, sent: number): string {
  return `Kafka did not acknowledge in ${ACKNOWLEDGE_AFTER_ABORT_MS / 1000} s: ${acknowledgedText(topic, acknowledged, sent)}`
}
