// NOT NULL in front of a sink. Source: Flink's ConstraintEnforcer and `table.exec.sink.not-null-enforcer`.
import { FlinktsError } from '../common/errors.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { SinkConstraintSpec } from './operator-spec.ts'
import { selectRows } from './select-rows.ts'

export class SinkConstraintOperator implements Operator {
  readonly #spec: SinkConstraintSpec
  #context!: OperatorContext

  constructor(spec: SinkConstraintSpec) {
    this.#spec = spec
  }

  open(context: OperatorContext): void {
    this.#context = context
  }

  processBatch(_input: number, batch: RecordBatch): void {
    const checked = this.#spec.notNullColumns.filter((column) => batch.columns[column]!.nulls !== undefined)
    if (checked.length === 0) {
      this.#context.output.emit(batch)
      return
    }
    const rows = new Int32Array(batch.rowCount)
    let count = 0
    for (let row = 0; row < batch.rowCount; row++) {
      const nullColumn = checked.find((column) => batch.columns[column]!.nulls![row] !== 0)
      if (nullColumn === undefined) rows[count++] = row
      else if (this.#spec.onNull === 'error') throw this.#violation(nullColumn)
    }
    if (count > 0) this.#context.output.emit(selectRows(batch, rows, count))
  }

  #violation(column: number): FlinktsError {
    const { inputType, tableName, ofSource } = this.#spec
    if (ofSource === true) {
      const field = inputType.fields[column]!.name
      return new FlinktsError('NULL_IN_NOT_NULL', `'${field}' is missing or null in a record of '${tableName}'`, {
        fix: `declare the field with t.nullable(…) where records may lack it`,
      })
    }
    return new FlinktsError(
      'NULL_IN_NOT_NULL',
      `Column '${inputType.fields[column]!.name}' is NOT NULL, however, a null value is being written into it (table '${tableName}').`,
      { fix: "Filter such rows out, or SET 'table.exec.sink.not-null-enforcer' = 'DROP'." },
    )
  }
}
