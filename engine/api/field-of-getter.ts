// `(ride) => ride.pickup_datetime` says no more than the name of a field. Recognising it keeps the job on columns: no
// object is made for a record just to read one field.

/** The field that `getter` returns as it is, or undefined where it does anything else. The getter is called once. */
export function fieldOfGetter(getter: (record: never) => unknown, fields: readonly string[]): string | undefined {
  // Each field's value is a function that nobody can calculate with: whatever is not handed back untouched shows.
  const values = new Map(fields.map((field) => [field, Object.freeze(Object.create(null) as object)]))
  const record = new Proxy(Object.create(null) as object, { get: (_target, name) => values.get(String(name)) })
  try {
    const result = getter(record as never)
    return fields.find((field) => values.get(field) === result)
  } catch {
    return undefined
  }
}
