/** `table.local-time-zone`; 'default' is UTC, so that a job gives the same rows on every machine. */
export function localTimeZone(configuration: Readonly<Record<string, string>>): string {
  const zone = configuration['table.local-time-zone']
  return zone === undefined || zone === 'default' ? 'UTC' : zone
}
