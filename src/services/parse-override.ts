// `kafka.port=19092` on the command line → a setting above the file.
import { nearestName } from '../../engine/host.ts'
import { ConfigError } from '../config/config-error.ts'
import { readSetting } from '../config/config-environment.ts'
import { configKeys } from '../config/config-keys.ts'
import type { ConfigOverride } from '../config/config-origin.ts'

/** Throws CONFIG_INVALID for a key that is none; whether the value is one is seen with all the others. */
export function parseOverride(text: string): ConfigOverride {
  const equals = text.indexOf('=')
  const name = equals < 0 ? text : text.slice(0, equals).trim()
  const settable = configKeys.filter(({ environment }) => environment !== undefined)
  const key = settable.find(({ path }) => path.join('.') === name)
  if (key === undefined || equals < 0) {
    const names = settable.map(({ path }) => path.join('.'))
    const nearest = key === undefined ? nearestName(name, names) : undefined
    throw new ConfigError('CONFIG_INVALID', `--set ${name} names no setting and value`, {
      fix: nearest === undefined ? `write key=value; keys: ${names.join(', ')}` : `write --set ${nearest}=value`,
    })
  }
  return { path: key.path, value: readSetting(key, text.slice(equals + 1)), origin: { kind: 'flag', name: '--set' } }
}
