// Generated expressions are loaded as all generated code of the engine is.
export { loadGenerated } from '../common/load-generated.ts'
