// What holds and where it comes from, as text.
import { impliedValue, type ConfigSetting } from '../services/describe-config.ts'
import { renderTable } from './text-table.ts'

function valueText(setting: ConfigSetting): string {
  if (setting.value === undefined) return impliedValue(setting) ?? '–'
  if (typeof setting.value === 'string') return setting.value
  return JSON.stringify(setting.value)
}

/** Settings that hold a value or imply one; with `all` every setting, with its variable. */
export function renderConfig(settings: readonly ConfigSetting[], all: boolean): string {
  const shown = all
    ? settings
    : settings.filter((setting) => setting.value !== undefined || impliedValue(setting) !== undefined)
  const columns = ['setting', 'value', 'from', ...(all ? ['variable'] : [])]
  return renderTable(
    columns.map((name) => ({ name })),
    shown.map((setting) => [
      setting.key,
      valueText(setting),
      setting.origin,
      ...(all ? [setting.environment ?? ''] : []),
    ]),
  )
}
