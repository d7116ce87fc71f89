import { describe, expect, test } from 'vitest'
import { COUNT, expectOptions, FLAG, oneOf, TEXT, type OptionRules } from '../../../engine/common/expect-options.ts'

interface Shop {
  readonly name: string
  readonly open?: boolean
  readonly size?: 'small' | 'large'
  readonly visitors?: number
}
const rules: OptionRules<Shop> = { name: TEXT, open: FLAG, size: oneOf('small', 'large'), visitors: COUNT }

function refusal(options: unknown): string {
  try {
    expectOptions('shop', options as Shop, rules, ['name'])
  } catch (error) {
    const { code, message, fix } = error as { code: string; message: string; fix: string }
    return `${code} ${message} – ${fix}`
  }
  return ''
}

describe('options', () => {
  test('that are known pass; what is undefined is left out', () => {
    expect(refusal({ name: '', open: false, size: 'large', visitors: 0 })).toBe('')
    expect(refusal({ name: 'a', open: undefined })).toBe('')
  })

  const known = 'known: name, open, size, visitors'
  test.each([
    [{ name: 'a', opne: true }, `there is no option 'opne' – did you mean 'open'? (${known})`],
    [{ name: 'a', door: 1 }, `there is no option 'door' – ${known}`],
    [{ name: 'a', toString: 1 }, `there is no option 'toString' – ${known}`],
    [{ open: true }, 'name is missing – give it a text'],
    [{ name: 'a', open: 'true' }, "open is 'true' – give it true or false"],
    [{ name: 'a', size: 'lareg' }, "size is 'lareg' – did you mean 'large'?"],
    [{ name: 'a', size: 4 }, "size is 4 – give it 'small' or 'large'"],
    [{ name: 'a', visitors: -1 }, 'visitors is -1 – give it a whole number from 0'],
    [{ name: ['a'] }, 'name is a list – give it a text'],
    [{ name: { first: 'a' } }, 'name is an object with first – give it a text'],
    [{ name: null }, 'name is null – give it a text'],
    [{ name: () => 'a' }, 'name is a function – give it a text'],
    ['a', "its options are 'a' – give an object with name, open, size, visitors"],
    [null, 'its options are null – give an object with name, open, size, visitors'],
    [['a'], 'its options are a list – give an object with name, open, size, visitors'],
  ])('%o are refused', (options, told) => {
    expect(refusal(options)).toBe(`OPTION_INVALID shop: ${told}`)
  })
})
