// A logical window with the session's zone: what the operators read.
import type { WindowSpec } from '../../windows/window-spec.ts'
import type { LogicalWindow } from './logical-node.ts'
import type { PlanSettings } from './plan-settings.ts'

export function windowSpec({ shape, time, ltz }: LogicalWindow, settings: PlanSettings): WindowSpec {
  return { shape, time, zone: ltz ? settings.sessionTimeZone : 'UTC', allowedLatenessMs: 0 }
}
