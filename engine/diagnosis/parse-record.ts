import { FlinktsError } from '../common/errors.ts'

const FORM = /^(.+):(\d+):(\d+)$/

/** `topic:partition:offset`. Throws OPTION_INVALID. */
export function parseRecordPlace(text: string): { topic: string; partition: number; offset: number } {
  const [, topic, partition, offset] = FORM.exec(text.trim()) ?? []
  const place = { topic: topic ?? '', partition: Number(partition), offset: Number(offset) }
  if (topic !== undefined && Number.isSafeInteger(place.partition) && Number.isSafeInteger(place.offset)) return place
  throw new FlinktsError('OPTION_INVALID', `'${text}' names no record`, {
    fix: 'Write topic:partition:offset, e.g. rides:0:120; `flinkts consume` shows both numbers.',
  })
}
