// WATERMARK FOR rt AS expression, as the runtime's strategy.
import { parseDuration } from '../../common/duration.ts'
import { FlinktsError } from '../../common/errors.ts'
import type { WatermarkStrategySpec } from '../../operators/operator-spec.ts'
import type { RowType } from '../../types/logical-type.ts'
import type { Expression } from '../expressions/expression.ts'
import { generateRowFunction } from '../expressions/generate-calc.ts'
import type { PlanSettings } from './plan-settings.ts'

/** A time and an interval: which way the watermark is moved back by. */
const signs: ReadonlyMap<string, number> = new Map([
  ['DATETIME -', 1],
  ['DATETIME +', -1],
])

/** `rt` or `rt - INTERVAL …` as a delay in ms; undefined: it has to be computed for each row. */
function constantDelay(expression: Expression, rowtime: number): number | undefined {
  if (expression.kind === 'column') return expression.index === rowtime ? 0 : undefined
  if (expression.kind === 'cast' && expression.implicit) return constantDelay(expression.operand, rowtime)
  if (expression.kind !== 'call' || !signs.has(expression.name)) return undefined
  const [time, interval] = expression.operands
  if (time === undefined || constantDelay(time, rowtime) !== 0) return undefined
  if (interval?.kind !== 'literal' || interval.type.kind !== 'INTERVAL_DAY_TIME') return undefined
  return signs.get(expression.name)! * Number(interval.value)
}

export function emitStrategy(options: Readonly<Record<string, string>>): 'on-periodic' | 'on-event' {
  const value = options['scan.watermark.emit.strategy'] ?? 'on-periodic'
  if (value === 'on-periodic' || value === 'on-event') return value
  throw new FlinktsError('OPTION_INVALID', `option 'scan.watermark.emit.strategy' has the value '${value}'`, {
    fix: 'Set it to on-periodic or on-event.',
  })
}

const alignmentKeys = ['scan.watermark.alignment.group', 'scan.watermark.alignment.max-drift'] as const
const gapKey = 'scan.watermark.emit.on-event.gap'

function refuseUnsupported(options: Readonly<Record<string, string>>): void {
  if (Number(options[gapKey] ?? 1) !== 1) {
    throw new FlinktsError('SQL_UNSUPPORTED', `'${gapKey}' = '${options[gapKey]}' is not supported yet.`, {
      fix: 'Leave the option out: on-event then emits a watermark after each row.',
    })
  }
  const key = alignmentKeys.find((each) => each in options)
  if (key === undefined) return
  throw new FlinktsError('SQL_UNSUPPORTED', `Watermark alignment ('${key}') is not supported yet.`, {
    fix: 'Leave the option out: sources then read at their own pace, results are the same.',
  })
}

/** Far beyond any job: in batch mode event time moves once, at the end of the input. */
const NEVER_MS = Number.MAX_SAFE_INTEGER

/** @throws OPTION_INVALID, SQL_UNSUPPORTED */
export function watermarkStrategy(
  rowtime: number,
  expression: Expression,
  options: Readonly<Record<string, string>>,
  inputType: RowType,
  settings: PlanSettings,
): WatermarkStrategySpec {
  refuseUnsupported(options)
  const idleKey = 'scan.watermark.idle-timeout'
  const delayMs = constantDelay(expression, rowtime)
  const idleTimeoutMs =
    options[idleKey] === undefined ? settings.sourceIdleTimeoutMs : parseDuration(options[idleKey], idleKey)
  const spec = {
    rowtimeColumn: rowtime,
    delayMs: delayMs ?? 0,
    expression: delayMs === undefined ? generateRowFunction({ inputType, expression }).code : undefined,
    idleTimeoutMs,
  }
  if (settings.isBatch) return { ...spec, emit: 'on-periodic', intervalMs: NEVER_MS }
  return { ...spec, emit: emitStrategy(options), intervalMs: settings.autoWatermarkIntervalMs }
}
