import type { ConnectorRuntime } from '../connector.ts'
import { JdbcWriter } from './jdbc-writer.ts'

export const jdbcRuntime: ConnectorRuntime = { createWriter: (spec, context) => new JdbcWriter(spec, context) }
