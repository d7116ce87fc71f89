import { transform } from 'esbuild'
import { expect, test } from 'vitest'
import { toErrorData } from '../../../engine/common/errors.ts'
import { userFunctionError } from '../../../engine/operators/records/user-function-error.ts'
import { loadBundle, locateInBundle, locateUserError } from '../../../engine/cluster/load-bundle.ts'
import { loadUserFunctions } from '../../../engine/cluster/load-user-functions.ts'

const source = `
export const userFunctions = (id: string) => () => {
  const text: string | undefined = undefined
  return text!.length
}
export const signature = () => ({ a: 'Map[1]' })`

async function bundle(ignoreList: number[] = []): Promise<{ code: string; sourceMap: string }> {
  const { code, map } = await transform(source, {
    loader: 'ts',
    format: 'cjs',
    sourcemap: 'external',
    sourcefile: 'jobs/a.ts',
  })
  return { code, sourceMap: JSON.stringify({ ...(JSON.parse(map) as object), ignoreList }) }
}

function failureOf(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('it did not fail')
}

test('points at the expression that threw, and skips what is not the user’s', async () => {
  const loaded = await bundle()
  const functions = await loadUserFunctions(loaded)
  const cause = failureOf(functions!('a') as () => unknown)
  const error = toErrorData(userFunctionError({ operator: 'Map[1]', source: 'jobs/a.ts:1:1' }, cause, []))
  expect(locateUserError(error, loaded).location).toEqual({ file: 'jobs/a.ts', line: 4, column: 16 })
  expect(locateInBundle(cause.stack, (await bundle([0])).sourceMap)).toBeUndefined()
  expect(locateUserError({ code: 'INTERNAL', message: '' }, loaded)).toEqual({ code: 'INTERNAL', message: '' })
})

test('gives each load a module of its own', () => {
  const counting = { code: 'let n = 0; exports.default = () => ++n' }
  const [first, second] = [loadBundle(counting), loadBundle(counting)].map(
    ({ default: count }) => count as () => number,
  )
  expect([first!(), first!(), second!()]).toEqual([1, 2, 1])
})

test('names what is wrong with a bundle', async () => {
  expect(() => loadBundle({ code: 'throw new RangeError("x")' })).toThrow(/fails when it is loaded: RangeError: x/)
  await expect(loadUserFunctions({ code: '' })).rejects.toThrow(/does not export userFunctions/)
  const loaded = await bundle()
  await expect(loadUserFunctions({ ...loaded, signature: { a: 'Map[1]' } })).resolves.toBeTypeOf('function')
  await expect(loadUserFunctions({ ...loaded, signature: { a: 'Map[2]' } })).rejects.toMatchObject({
    code: 'BUNDLE_INVALID',
    message: expect.stringContaining('Map[2] when it was planned, Map[1] in a worker') as string,
  })
  const unbuildable = { code: 'exports.userFunctions = () => 1; exports.signature = () => { throw new Error("no") }' }
  await expect(loadUserFunctions({ ...unbuildable, signature: {} })).rejects.toThrow(
    /cannot be built again.*: Error: no/,
  )
})

test('refuses code that ends the process, also where it catches that, and code that does not end', () => {
  const exit = Object.getOwnPropertyDescriptor(process, 'exit')
  expect(() => loadBundle({ code: 'process.exit(3)' })).toThrow(/calls process\.exit\(3\), which would end flinkts/)
  expect(() => loadBundle({ code: 'try { process.exit() } catch {}' })).toThrow(/calls process\.exit\(\)/)
  expect(() => loadBundle({ code: 'try { for (;;); } finally { process.exit() }' }, undefined, 50)).toThrow(
    /loading the job file has not ended within 0\.05 s/,
  )
  expect(Object.getOwnPropertyDescriptor(process, 'exit')).toEqual(exit)
  expect(loadBundle({ code: 'exports.default = 1' }).default).toBe(1)
})
