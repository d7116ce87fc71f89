// Source text of a decoder for one layout and one schema: compares the bytes between values, reads the values inline.
import type { LogicalType } from '../../types/logical-type.ts'
import type { JsonFormatOptions } from './json-format-options.ts'
import type { JsonLayout } from './json-layout.ts'

/**
 * Code of `(values, buffer, columnIndexes, readers) => ({ rebind, decode })`. `decode(bytes, start, end, row)` is true
 * where the document was in the layout and is written; false leaves the row to be written again.
 */
export function generateLayoutDecoder(
  layout: JsonLayout,
  types: readonly LogicalType[],
  options: JsonFormatOptions,
): string {
  const missing = types
    .map((_, index) => index)
    .filter((index) => !layout.entries.some((entry) => entry.field === index))
  const body = [
    ...layout.entries.flatMap((entry) => [
      compareLiteral(entry.literal),
      entry.field < 0
        ? 'p = H.skip(b, p, end); if (p < 0) return false;'
        : readValue(types[entry.field]!, entry.field, options),
    ]),
    compareLiteral(layout.tail),
    'if (p > end) return false;',
    ...missing.map((index) => writeNull(index)),
    'return true;',
  ]
  const names = types.map((_, index) => index)
  return `(H, buffer, columns, readers) => {
  ${names.map((index) => `let v${index};`).join(' ')}
  const P10 = [${Array.from({ length: 16 }, (_, exponent) => `1e${exponent}`).join(',')}];
  const rebind = () => { ${names.map((index) => `v${index} = buffer.columns[columns[${index}]].values;`).join(' ')} };
  rebind();
  const decode = (b, p, end, row) => {
    let c = 0, d = 0, f = 0, g = 0, k = 0, m = 0, s = 0, x;
    ${body.join('\n    ')}
  };
  return { rebind, decode };
}`
}

/** Any byte of the literal that differs ends the attempt. */
function compareLiteral(literal: Uint8Array): string {
  const tests = [...literal].map((byte, index) => `b[p${index === 0 ? '' : ` + ${index}`}] !== ${byte}`)
  return `if (${tests.join(' || ')}) return false; p += ${literal.length};`
}

function writeNull(index: number): string {
  return `H.nullCount++; buffer.setNull(columns[${index}], row);`
}

/** `null` at p writes NULL, everything else ends the attempt. */
function elseNull(index: number): string {
  return `else if (b[p] === 110 && b[p + 1] === 117 && b[p + 2] === 108 && b[p + 3] === 108) { p += 4; ${writeNull(index)} } else return false;`
}

const scanDigits = 'while ((d = b[p] - 48) >= 0 && d <= 9) { m = m * 10 + d; p++; }'

/** The whole digits of a number: `s` its start, `f` its first digit, `m` its value without sign. */
function readNumber(index: number, rest: string): string {
  return `s = p; if (b[p] === 45) p++; d = b[p] - 48;
    if (d >= 0 && d <= 9) { f = p; m = d; p++; ${scanDigits} if (b[f] === 48 && p - f > 1) return false; ${rest} }
    ${elseNull(index)}`
}

/** Fraction digits into `m` and their count into `k`. */
const readFraction = `k = 0; if (b[p] === 46) { p++; g = p; ${scanDigits} k = p - g; if (k === 0) return false; }`

function readInteger(index: number, minimum: number, maximum: number): string {
  return readNumber(
    index,
    `if (p - f > 10) return false; if (b[s] === 45) m = 0 - m; if (m < ${minimum} || m > ${maximum}) return false; v${index}[row] = m;`,
  )
}

function readBigint(index: number): string {
  return readNumber(
    index,
    `if (p - f > 15) { x = H.bigint(b, s, end); p = H.position; if (p < 0) return false;
      if (typeof x === 'number') v${index}[row] = x; else buffer.setExact(columns[${index}], row, x);
    } else v${index}[row] = b[s] === 45 ? 0 - m : m;`,
  )
}

// m and 10^k are exact doubles up to 15 digits, so that one division rounds correctly.
function readDouble(index: number): string {
  return readNumber(
    index,
    `${readFraction} if (p - f > 15 || (b[p] | 32) === 101) { m = H.double(b, s, end); p = H.position; if (p < 0) return false; v${index}[row] = m; }
    else { if (k > 0) m = m / P10[k]; v${index}[row] = b[s] === 45 ? -m : m; }`,
  )
}

// A double half way between two floats may have been rounded there: then the digits decide.
function readFloat(index: number): string {
  return readNumber(
    index,
    `${readFraction} if (k > 0) m = m / P10[Math.min(k, 15)]; c = Math.fround(m); g = 2 * m - c;
    if (p - f > 15 || (b[p] | 32) === 101 || (g !== c && Math.fround(g) === g)) { m = H.float(b, s, end); p = H.position; if (p < 0) return false; v${index}[row] = m; }
    else v${index}[row] = b[s] === 45 ? -c : c;`,
  )
}

function readDecimal(index: number, precision: number, scale: number): string {
  if (scale > 15) return readCell(index)
  const limit = `1e${Math.min(precision, 15)}`
  return readNumber(
    index,
    `${readFraction} if (p - f > 15 || k > ${scale}) return false; m = m * P10[${scale} - k]; if (m >= ${limit}) return false; v${index}[row] = b[s] === 45 ? 0 - m : m;`,
  )
}

function readQuoted(index: number, call: string, write = `v${index}[row] = x;`): string {
  return `if (b[p] === 34) { x = ${call}; p = H.position; if (p < 0) return false; ${write} } ${elseNull(index)}`
}

function readTimestamp(type: LogicalType & { precision: number }, index: number, options: JsonFormatOptions): string {
  const separator = options.timestampFormat === 'SQL' ? 32 : 84
  const call = `H.timestamp(b, p, end, ${separator}, ${type.kind === 'TIMESTAMP_LTZ'})`
  if (type.precision <= 3) return readQuoted(index, call)
  return readQuoted(
    index,
    call,
    `if (H.nanos === 0) v${index}[row] = x; else buffer.setExact(columns[${index}], row, { millis: x, nanos: H.nanos });`,
  )
}

function readBoolean(index: number): string {
  return `if (b[p] === 116 && b[p + 1] === 114 && b[p + 2] === 117 && b[p + 3] === 101) { p += 4; v${index}[row] = 1; }
    else if (b[p] === 102 && b[p + 1] === 97 && b[p + 2] === 108 && b[p + 3] === 115 && b[p + 4] === 101) { p += 5; v${index}[row] = 0; }
    ${elseNull(index)}`
}

function readCell(index: number): string {
  return `x = H.cell(b, p, end, readers[${index}]); p = H.position; if (p < 0) return false;
    if (x === null) H.nullCount++; buffer.setCell(columns[${index}], row, x);`
}

function readValue(type: LogicalType, index: number, options: JsonFormatOptions): string {
  switch (type.kind) {
    case 'BOOLEAN':
      return readBoolean(index)
    case 'TINYINT':
      return readInteger(index, -128, 127)
    case 'SMALLINT':
      return readInteger(index, -32768, 32767)
    case 'INTEGER':
    case 'INTERVAL_YEAR_MONTH':
      return readInteger(index, -2147483648, 2147483647)
    case 'BIGINT':
      return readBigint(index)
    case 'DOUBLE':
      return readDouble(index)
    case 'FLOAT':
      return readFloat(index)
    case 'DECIMAL':
      return readDecimal(index, type.precision, type.scale)
    case 'CHAR':
    case 'VARCHAR':
      return readQuoted(index, 'H.string(b, p, end)')
    case 'DATE':
      return readQuoted(index, 'H.date(b, p, end)')
    case 'TIME':
      return readQuoted(index, 'H.time(b, p, end)')
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return readTimestamp(type, index, options)
    default:
      return readCell(index)
  }
}
