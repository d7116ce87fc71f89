// What a subtask tells of itself to who asks why nothing comes out: a plain read of its parts between two elements.
import { knownWatermark, lowestFirst } from './lowest-first.ts'
import type { ChannelDiagnostics, DiagnosticsRequest, SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { SubtaskDescriptor } from './subtask-descriptor.ts'
import type { SubtaskParts } from './subtask-parts.ts'

/** A subtask that takes no input because its outputs take nothing from it. */
export interface OutputWait {
  /** For how long already. */
  readonly sinceMs: number
  /** The input has ended: what is left must leave. */
  readonly atEnd: boolean
}

export function diagnoseSubtask(
  descriptor: SubtaskDescriptor,
  parts: SubtaskParts,
  wait: OutputWait | undefined,
  request: DiagnosticsRequest,
): SubtaskDiagnostics {
  return {
    vertexId: descriptor.vertex.id,
    subtaskIndex: descriptor.subtaskIndex,
    recordsIn: parts.recordsIn(),
    recordsOut: parts.chain.recordsOut + parts.chain.recordsSent,
    watermark: knownWatermark(parts.watermark()),
    isIdle: parts.isIdle,
    source: parts.source?.diagnostics(),
    channels: lowestFirst(channelsOf(descriptor, parts)),
    operators: parts.chain.diagnostics(request),
    sinks: parts.chain.owingSinks(),
    hasUnwrittenRows: parts.chain.hasUnwrittenRows ? true : undefined,
    waitsFor: wait === undefined ? undefined : waitsFor(descriptor, parts, wait),
  }
}

function channelsOf({ inputs, edges }: SubtaskDescriptor, { gate }: SubtaskParts): ChannelDiagnostics[] {
  return (gate?.channelTimes() ?? []).map(({ watermark, isIdle }, index) => {
    const { edge, peerSubtask } = inputs[index]!
    const { input, sourceVertex } = edges[edge]!
    return {
      input,
      vertexId: sourceVertex,
      subtaskIndex: peerSubtask,
      watermark: knownWatermark(watermark),
      isIdle,
    }
  })
}

function waitsFor({ edges }: SubtaskDescriptor, parts: SubtaskParts, wait: OutputWait): SubtaskDiagnostics['waitsFor'] {
  const { sinceMs } = wait
  const blocked = parts.chain.blockedBy(wait.atEnd)
  if (blocked === undefined) return undefined
  if ('edge' in blocked) return { kind: 'exchange', vertexId: edges[blocked.edge]!.targetVertex, sinceMs }
  return { kind: 'sink', nodeId: blocked.sink.id, name: blocked.sink.name, sinceMs }
}
