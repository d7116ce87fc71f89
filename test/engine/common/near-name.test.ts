import { describe, expect, it } from 'vitest'
import { editDistance, nearestName } from '../../../engine/common/near-name.ts'

describe('nearestName', () => {
  it.each([
    ['rids', ['rides', 'orders'], 'rides'],
    ['FORM', ['FROM', 'FOR'], 'FROM'],
    ['Rides', ['rides'], 'rides'],
    ['x', ['y', 'rides'], undefined],
    ['YB', ['BY'], 'BY'],
    ['nope', ['rides', 'id'], undefined],
    ['rides', ['rides'], undefined],
  ])('of %s in %j is %s', (name, candidates, nearest) => {
    expect(nearestName(name, candidates)).toBe(nearest)
  })

  it('counts an exchange of neighbours as one step', () => {
    expect(editDistance('form', 'from')).toBe(1)
    expect(editDistance('', 'abc')).toBe(3)
  })
})
