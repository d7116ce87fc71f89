// Java's String.format, for PRINTF.
import type { LogicalType } from '../types/logical-type.ts'
import type { Cell } from '../types/record-batch.ts'
import { textOfCells } from './cast-to-string.ts'
import { decimalToString, parseDecimal, rescale, type Unscaled } from './decimal.ts'
import type { CallInfo } from './function-context.ts'
import { createTimeZone } from './time-zone.ts'

/** An argument: its text for %s, and its number for the conversions that want one. */
interface Argument {
  readonly type: LogicalType
  readonly value: Exclude<Cell, null>
  readonly text: string
}

interface Specifier {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly conversion: string
}

const SPECIFIER = /%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g
const INTEGERS: readonly LogicalType['kind'][] = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']
const APPROXIMATE: readonly LogicalType['kind'][] = ['FLOAT', 'DOUBLE']

function isIntegerArgument({ type }: Argument): boolean {
  return INTEGERS.includes(type.kind)
}

function unsigned({ type, value }: Argument, radix: number): string {
  const bits = type.kind === 'BIGINT' ? 64 : type.kind === 'INTEGER' ? 32 : type.kind === 'SMALLINT' ? 16 : 8
  return BigInt.asUintN(bits, BigInt(value as number | bigint)).toString(radix)
}

/** Digits of a fixed-point number, half up, without its sign. */
function fixed({ type, value }: Argument, precision: number): string {
  const parsed =
    type.kind === 'DECIMAL'
      ? { unscaled: BigInt(value as Unscaled), scale: type.scale }
      : parseDecimal(`${value as number}`)
  if (parsed === undefined) return String(Math.abs(value as number))
  const rounded = rescale(parsed.unscaled, parsed.scale, precision)
  return decimalToString(rounded < 0n ? -rounded : rounded, precision)
}

function signed(argument: Argument, flags: string, magnitude: string): string {
  const grouped = flags.includes(',') ? magnitude.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',') : magnitude
  if ((argument.value as number | bigint) < 0) return `-${grouped}`
  return (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') + grouped
}

/** The text of one specifier; undefined where Java throws because the argument does not fit. */
function convert(argument: Argument, { flags, precision, conversion }: Specifier): string | undefined {
  const { type, value, text } = argument
  switch (conversion.toLowerCase()) {
    case 's':
      return precision === undefined ? text : text.slice(0, precision)
    case 'b':
      return type.kind === 'BOOLEAN' ? text : 'true'
    case 'd':
      if (!isIntegerArgument(argument)) return undefined
      return signed(argument, flags, String((value as number) < 0 ? -(value as number) : (value as number)))
    case 'x':
      return isIntegerArgument(argument) ? unsigned(argument, 16) : undefined
    case 'o':
      return isIntegerArgument(argument) ? unsigned(argument, 8) : undefined
    case 'c':
      return type.kind === 'INTEGER' ? String.fromCodePoint(value as number) : undefined
    case 'f':
      if (type.kind !== 'DECIMAL' && !APPROXIMATE.includes(type.kind)) return undefined
      return signed(argument, flags, fixed(argument, precision ?? 6))
    case 'e': {
      if (!APPROXIMATE.includes(type.kind)) return undefined
      const magnitude = Math.abs(value as number).toExponential(precision ?? 6)
      return signed(argument, flags, magnitude.replace(/e([+-])(\d)$/, 'e$10$2'))
    }
    default:
      return undefined
  }
}

function padTo(text: string, { flags, width }: Specifier): string {
  if (flags.includes('-')) return text.padEnd(width)
  if (!flags.includes('0')) return text.padStart(width)
  const sign = /^[+-]/.exec(text)?.[0] ?? ''
  return sign + text.slice(sign.length).padStart(width - sign.length, '0')
}

/** `conversion`s s, b, d, x, o, c, f, e, n and %; in upper case the text is. */
function formatJava(format: string, values: readonly (Argument | null)[]): string | null {
  let next = 0
  let failed = false
  const result = format.replace(SPECIFIER, (...match: (string | undefined)[]) => {
    const [, index, flags = '', width = '0', precision, conversion = ''] = match
    if (conversion === '%') return '%'
    if (conversion === 'n') return '\n'
    const argument = values[index === undefined ? next++ : Number(index) - 1]
    const specifier = {
      flags,
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      conversion,
    }
    const nullText = conversion.toLowerCase() === 'b' ? 'false' : 'null'
    const text = argument === undefined ? undefined : argument === null ? nullText : convert(argument, specifier)
    if (text === undefined) {
      failed = true
      return ''
    }
    return padTo(conversion === conversion.toUpperCase() ? text.toUpperCase() : text, specifier)
  })
  return failed ? null : result
}

/** PRINTF(format, arguments…): NULL where Java throws, or where the format is NULL. */
export function printf({
  operandTypes,
  context,
}: CallInfo): (format: string | null, ...values: Cell[]) => string | null {
  const zone = createTimeZone(context.sessionTimeZone)
  const texts = operandTypes.slice(1).map((type) => {
    const text = textOfCells(type, zone)
    // Java writes booleans in lower case
    return type.kind === 'BOOLEAN' ? (cell: Cell) => text(cell).toLowerCase() : text
  })
  return (format, ...values) => {
    if (format === null) return null
    return formatJava(
      format,
      values.map((value, index) =>
        value === null ? null : { type: operandTypes[index + 1]!, value, text: texts[index]!(value) },
      ),
    )
  }
}
