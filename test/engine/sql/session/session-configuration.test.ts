import { describe, expect, it } from 'vitest'
import { SessionConfiguration } from '../../../../engine/sql/session/session-configuration.ts'

describe('SessionConfiguration', () => {
  it('goes back to what it began with', () => {
    const configuration = new SessionConfiguration({ 'parallelism.default': '2' })
    configuration.set('parallelism.default', '4')
    configuration.set('pipeline.name', 'x')
    configuration.reset('parallelism.default')
    expect(configuration.toRecord()).toEqual({ 'parallelism.default': '2', 'pipeline.name': 'x' })
    configuration.reset()
    expect(configuration.toRecord()).toEqual({ 'parallelism.default': '2' })
  })

  it('knows the defaults', () => {
    const configuration = new SessionConfiguration()
    expect(configuration.get('table.exec.sink.not-null-enforcer')).toBe('ERROR')
    expect(configuration.get('unknown.key')).toBeUndefined()
  })

  it.each([
    ['execution.runtime-mode', 'bogus', 'Set it to one of STREAMING, BATCH, AUTOMATIC.'],
    ['table.dml-sync', 'yes', 'Set it to true or false.'],
    ['parallelism.default', 'two', 'Set it to a whole number.'],
    [
      'execution.checkpointing.interval',
      'soon',
      expect.stringContaining('e.g. execution.checkpointing.interval = 10 s'),
    ],
    ['table.local-time-zone', 'Europe/Berln', "Did you mean 'Europe/Berlin'?"],
  ])('refuses %s = %s', (key, value, fix) => {
    expect(() => new SessionConfiguration().set(key, value)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', fix }),
    )
  })

  it.each([
    ['execution.runtime-mode', 'batch'],
    ['execution.checkpointing.interval', '10s'],
    ['table.local-time-zone', 'GMT+02:00'],
    ['table.local-time-zone', 'default'],
    ['anything.else', 'at all'],
  ])('takes %s = %s', (key, value) => {
    const configuration = new SessionConfiguration({ [key]: value })
    configuration.checkPlannable()
    expect(configuration.get(key)).toBe(value)
  })

  it('does not mind a refused option that is set to its default', () => {
    new SessionConfiguration({ 'table.exec.sink.upsert-materialize': 'auto' }).checkPlannable()
  })
})
