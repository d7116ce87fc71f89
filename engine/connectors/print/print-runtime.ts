// The writer of `print`: a line per change, to the line sink that the runtime context brings.
import type { RecordBatch } from '../../types/record-batch.ts'
import type { ConnectorRuntime, RuntimeContext, SinkSpec, SinkWriter } from '../connector.ts'
import type { PrintSinkSettings } from './definition.ts'
import { createRowText } from './row-text.ts'

/** `identifier:task> ` with what there is of both; tasks count from 1 and show where there are several. */
function linePrefix(settings: PrintSinkSettings, context: RuntimeContext): string {
  const task = context.parallelism > 1 ? String(context.subtaskIndex + 1) : ''
  const prefix = [settings.identifier ?? '', task].filter((part) => part !== '').join(':')
  return prefix === '' ? '' : `${prefix}> `
}

function createWriter(spec: SinkSpec, context: RuntimeContext): SinkWriter {
  const settings = spec.settings as unknown as PrintSinkSettings
  const prefix = linePrefix(settings, context)
  const stream = settings.standardError ? 'stderr' : 'stdout'
  const rowText = createRowText(spec.consumedType.fields.map((field) => field.type))
  return {
    open: () => Promise.resolve(),
    write(batch: RecordBatch) {
      for (let row = 0; row < batch.rowCount; row++) context.print(prefix + rowText(batch, row), stream)
    },
    isAvailable: () => true,
    available: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

export const printRuntime: ConnectorRuntime = { createWriter }
