import { describe, expect, it } from 'vitest'
import {
  parseDisorder,
  parseHeader,
  parseLate,
  parseRate,
  parseSet,
  parseShare,
  parseSkew,
  parseSpeed,
  parseStart,
} from '../../../../src/services/produce/parse-produce-flags.ts'

describe('flags of produce', () => {
  it('reads shares, delays and distributions', () => {
    expect(parseShare('bad', '0.1%')).toBeCloseTo(0.001, 10)
    expect(parseShare('bad', '100 %')).toBe(1)
    expect(parseLate('2%:30s..5m')).toEqual({ share: 0.02, minMs: 30_000, maxMs: 300_000 })
    expect(parseLate('2%:30s')).toEqual({ share: 0.02, minMs: 30_000, maxMs: 30_000 })
    expect(parseSkew('zipf:1.2')).toBe(1.2)
    expect(parseDisorder('5s', undefined)).toEqual({ outOfOrder: { maxMs: 5000 }, late: undefined })
    expect(parseDisorder(undefined, undefined)).toBeUndefined()
  })

  it('reads paces and times', () => {
    expect([parseRate('1000'), parseRate('50k'), parseRate('0.5'), parseRate('1.5M/s'), parseRate('max')]).toEqual([
      1000,
      50_000,
      0.5,
      1_500_000,
      Infinity,
    ])
    expect([parseSpeed('60x'), parseSpeed('1'), parseSpeed('max')]).toEqual([60, 1, Infinity])
    expect([parseStart('2025-11-01T00:00:00Z'), parseStart('now')]).toEqual([Date.UTC(2025, 10, 1), undefined])
  })

  it('reads fields to set as JSON, else as texts, and headers', () => {
    expect(parseSet('total_amount=0')).toEqual({ field: 'total_amount', value: '0' })
    expect(parseSet('a.b=x=y')).toEqual({ field: 'a.b', value: '"x=y"' })
    expect(parseSet('a=')).toEqual({ field: 'a', value: '""' })
    expect(parseSet('a={"b": null}')).toEqual({ field: 'a', value: '{"b":null}' })
    expect(parseHeader('source=a=b')).toEqual({ key: 'source', value: Buffer.from('a=b') })
    expect(parseHeader('empty=')).toEqual({ key: 'empty', value: Buffer.alloc(0) })
  })

  it.each([
    () => parseShare('bad', '1'),
    () => parseShare('bad', '101%'),
    () => parseShare('bad', '-1%'),
    () => parseLate('2%'),
    () => parseLate('2%:5m..30s'),
    () => parseLate('2:30s'),
    () => parseLate('2%:30'),
    () => parseDisorder('5', undefined),
    () => parseDisorder('5 parsecs', undefined),
    () => parseSkew('zipf'),
    () => parseSkew('zipf:0'),
    () => parseSkew('normal:1'),
    () => parseSet('total_amount'),
    () => parseSet('=1'),
    () => parseHeader('x'),
    () => parseRate('0'),
    () => parseRate('fast'),
    () => parseSpeed('0x'),
    () => parseSpeed('-1x'),
    () => parseStart('yesterday'),
  ])('refuses %s by name, with how to write it', (parse) => {
    expect(parse).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringMatching(/^--[a-z-]+ '/) as string }),
    )
    expect(parse).toThrow(expect.objectContaining({ fix: expect.stringContaining(' ') as string }))
  })
})
