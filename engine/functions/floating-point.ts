// Java's text of floating-point numbers: Double.toString and Float.toString.

function formatDigits(negative: boolean, digits: string, exponent: number): string {
  // value = 0.d1d2d3… × 10^exponent
  const sign = negative ? '-' : ''
  if (exponent > -3 && exponent <= 7) {
    if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`
    if (digits.length <= exponent) return `${sign}${digits.padEnd(exponent, '0')}.0`
    return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`
  }
  return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent - 1}`
}

/** The significant digits and the exponent of JavaScript's exponential notation. */
function splitExponential(text: string): { digits: string; exponent: number } {
  const [mantissa = '', exponent = '0'] = text.split('e')
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) + 1 }
}

function special(value: number): string | undefined {
  if (value !== value) return 'NaN'
  if (value === Infinity) return 'Infinity'
  if (value === -Infinity) return '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  return undefined
}

export function doubleToString(value: number): string {
  const known = special(value)
  if (known !== undefined) return known
  const magnitude = Math.abs(value)
  if (magnitude === 5e-324) return value < 0 ? '-4.9E-324' : '4.9E-324'
  const { digits, exponent } = splitExponential(magnitude.toExponential())
  return formatDigits(value < 0, digits, exponent)
}

export function floatToString(value: number): string {
  const known = special(value)
  if (known !== undefined) return known
  const magnitude = Math.abs(value)
  if (magnitude === Math.fround(1.4e-45)) return value < 0 ? '-1.4E-45' : '1.4E-45'
  let text = magnitude.toExponential(8)
  for (let fractionDigits = 0; fractionDigits < 8; fractionDigits++) {
    const shorter = magnitude.toExponential(fractionDigits)
    if (Math.fround(Number(shorter)) === magnitude) {
      text = shorter
      break
    }
  }
  const { digits, exponent } = splitExponential(text)
  return formatDigits(value < 0, digits.replace(/0+$/, '') || '0', exponent)
}

const JAVA_DOUBLE = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/

/** Double.parseDouble; undefined where Java throws NumberFormatException. */
export function parseDouble(text: string): number | undefined {
  const trimmed = text.trim()
  if (!JAVA_DOUBLE.test(trimmed)) return undefined
  const sign = trimmed.startsWith('-') ? -1 : 1
  const unsigned = trimmed.replace(/^[+-]/, '')
  if (unsigned === 'NaN') return NaN
  if (unsigned === 'Infinity') return sign * Infinity
  return sign * Number(unsigned.replace(/[fFdD]$/, ''))
}
