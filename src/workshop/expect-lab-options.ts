import { expectOptions, type FlinktsError, type OptionRules } from '../../engine/host.ts'

/** As expectOptions. What is wrong is a mistake in the check: it breaks, with the line of the call. */
export function expectLabOptions<O extends object>(
  call: string,
  options: O,
  rules: OptionRules<O>,
  required: readonly (keyof O & string)[] = [],
): void {
  try {
    expectOptions(call, options, rules, required)
  } catch (error) {
    const { message, fix } = error as FlinktsError
    throw new Error(`${message}: ${fix}`, { cause: error })
  }
}
