// The catalogue's functions on dates, times and timestamps.
import { types } from '../../types/logical-type.ts'
import type { TimeUnit } from '../ast/node.ts'
import {
  anyOperand,
  dateTimeOperand,
  dateTimeOrIntervalOperand,
  define,
  firstType,
  integerOperand,
  numericOperand,
  stringOperand,
  timestampOperand,
  type FunctionDefinition,
} from './function-definition.ts'
import { isCharacter, isInterval, isNumeric, isTimestamp } from './common-type.ts'

const { string, bigint } = { string: types.string(), bigint: types.bigint() }
const always = { nullable: 'always' } as const
const clock = { nullable: 'never', isDeterministic: false } as const

const intervalOperand = { ...anyOperand, label: '<INTERVAL>', accepts: isInterval }

export const temporalCatalog: readonly FunctionDefinition[] = [
  // the unit of these is an option of the call
  define('EXTRACT', [dateTimeOrIntervalOperand], bigint, 'extract'),
  define('FLOOR TO', [dateTimeOperand], firstType, 'floorTemporal'),
  define('CEIL TO', [dateTimeOperand], firstType, 'ceilTemporal'),
  define('TIMESTAMPDIFF', [dateTimeOperand, dateTimeOperand], types.int(), 'timestampDifference'),
  // datetime ± interval
  define('DATETIME +', [dateTimeOperand, intervalOperand], firstType, 'addInterval'),
  define('DATETIME -', [dateTimeOperand, intervalOperand], firstType, 'subtractInterval'),
  define('INTERVAL *', [intervalOperand, numericOperand], firstType, 'scaleInterval'),
  define(
    'DATE_FORMAT',
    [{ ...timestampOperand, accepts: (type) => isTimestamp(type) || isCharacter(type) }, stringOperand],
    string,
    'dateFormat',
    always,
  ),
  define('TO_TIMESTAMP', [stringOperand, stringOperand], types.timestamp(3), 'toTimestamp', { ...always, optional: 1 }),
  define(
    'TO_TIMESTAMP_LTZ',
    [
      {
        ...anyOperand,
        label: '<NUMERIC> | <CHARACTER>',
        accepts: (type) => isNumeric(type) || isCharacter(type) || type.kind === 'NULL',
      },
      {
        ...anyOperand,
        label: '<INTEGER> | <CHARACTER>',
        accepts: (type) => integerOperand.accepts(type) || isCharacter(type),
      },
      stringOperand,
    ],
    types.timestampLtz(3),
    'toTimestampLtz',
    { ...always, optional: 2 },
  ),
  define('TO_DATE', [stringOperand, stringOperand], types.date(), 'toDate', { ...always, optional: 1 }),
  define('FROM_UNIXTIME', [integerOperand, stringOperand], string, 'fromUnixTime', { ...always, optional: 1 }),
  define('UNIX_TIMESTAMP', [stringOperand, stringOperand], bigint, 'unixTimestamp', { optional: 1 }),
  // UNIX_TIMESTAMP() is another function: the clock's
  define('UNIX_TIMESTAMP NOW', [], bigint, 'unixTimestamp', clock),
  define('CONVERT_TZ', [stringOperand, stringOperand, stringOperand], string, 'convertTimeZone', always),
  define(
    'CURRENT_WATERMARK',
    [timestampOperand],
    ({ types: [rowtime] }) => (rowtime!.kind === 'TIMESTAMP' ? types.timestamp(3) : types.timestampLtz(3)),
    'currentWatermark',
    {
      nullable: 'always',
      isDeterministic: false,
      takesNulls: true,
    },
  ),
  define('PROCTIME', [], { ...types.timestampLtz(3), timeAttribute: 'proctime' }, 'currentTime', clock),
  define('CURRENT_TIMESTAMP', [], types.timestampLtz(3), 'currentTime', clock),
  define('CURRENT_ROW_TIMESTAMP', [], types.timestampLtz(3), 'currentTime', clock),
  define('NOW', [], types.timestampLtz(3), 'currentTime', clock),
  define('LOCALTIMESTAMP', [], types.timestamp(3), 'currentTime', clock),
  define('CURRENT_DATE', [], types.date(), 'currentTime', clock),
  define('CURRENT_TIME', [], types.time(0), 'currentTime', clock),
  define('LOCALTIME', [], types.time(0), 'currentTime', clock),
]

/** YEAR(d) and its kin are EXTRACT(unit FROM d). */
export const extractFunctions: Readonly<Record<string, TimeUnit>> = {
  YEAR: 'YEAR',
  QUARTER: 'QUARTER',
  MONTH: 'MONTH',
  WEEK: 'WEEK',
  DAYOFYEAR: 'DOY',
  DAYOFMONTH: 'DAY',
  DAYOFWEEK: 'DOW',
  HOUR: 'HOUR',
  MINUTE: 'MINUTE',
  SECOND: 'SECOND',
}
