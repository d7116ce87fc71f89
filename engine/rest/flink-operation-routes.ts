// The paths of Flink's REST API that change something.
import { FlinktsError } from '../common/errors.ts'
import { AsynchronousOperations } from './asynchronous-operations.ts'
import { HttpStatusError } from './http-status-error.ts'
import { bodyFields, idParameter, isId, jobOf } from './request-parameters.ts'
import { reply, type JobRequest, type JobRoute } from './route.ts'

/** Of the same shape in all of Flink's triggers. */
const TRIGGER = { triggerId: 'string' } as const
const FORMATS = ['CANONICAL', 'NATIVE']
/** Flink's CheckpointType; a checkpoint here always holds all state. */
const CHECKPOINT_TYPES = ['CONFIGURED', 'FULL']

function badRequest(message: string): HttpStatusError {
  return new HttpStatusError(400, message)
}

function checkTrigger(id: string | undefined): void {
  if (id !== undefined && !isId(id)) throw badRequest(`"${id}" is no trigger id: 32 hexadecimal digits.`)
}

/** There is one format: any parallelism can read it, and it is written as fast as a checkpoint. */
function checkFormat(format: string | undefined): void {
  if (format !== undefined && !FORMATS.includes(format)) {
    throw badRequest(`formatType '${format}' is unknown: ${FORMATS.join(' or ')}.`)
  }
}

function cancel(request: JobRequest): unknown {
  const mode = request.query.get('mode') ?? 'cancel'
  if (mode !== 'cancel') {
    throw new FlinktsError('OPTION_INVALID', `mode '${mode}' is not supported`, {
      fix: 'Use mode=cancel, or POST …/stop.',
    })
  }
  const { master } = jobOf(request)
  if (master.status === 'FINISHED' || master.status === 'FAILED') {
    throw new HttpStatusError(
      409,
      `Job cancellation failed because the job has already reached another terminal state (${master.status}).`,
    )
  }
  request.jobManager.cancel(master.jobId)
  return reply(202, {})
}

function savepointRoutes(): JobRoute[] {
  const savepoints = new AsynchronousOperations((location: string) => ({ location }))
  return [
    {
      method: 'POST',
      path: '/jobs/:jobid/stop',
      handle(request) {
        const { jobManager, body } = request
        const { jobId } = jobOf(request).master
        const fields = bodyFields(body, {
          ...TRIGGER,
          targetDirectory: 'string',
          drain: 'boolean',
          formatType: 'string',
        })
        checkTrigger(fields.triggerId)
        checkFormat(fields.formatType)
        const { drain, targetDirectory: directory } = fields
        return savepoints.start(jobId, fields.triggerId, () => jobManager.stop(jobId, { directory, drain }))
      },
    },
    {
      method: 'POST',
      path: '/jobs/:jobid/savepoints',
      handle(request) {
        const { jobManager, body } = request
        const { jobId } = jobOf(request).master
        const fields = bodyFields(body, {
          ...TRIGGER,
          'target-directory': 'string',
          'cancel-job': 'boolean',
          formatType: 'string',
        })
        checkTrigger(fields.triggerId)
        checkFormat(fields.formatType)
        const directory = fields['target-directory']
        return savepoints.start(jobId, fields.triggerId, () =>
          fields['cancel-job'] === true
            ? jobManager.stop(jobId, { directory })
            : jobManager.savepoint(jobId, directory),
        )
      },
    },
    {
      method: 'GET',
      path: '/jobs/:jobid/savepoints/:triggerid',
      handle: (request) => savepoints.status(jobOf(request).master.jobId, idParameter(request, 'triggerid')),
    },
  ]
}

function checkpointRoutes(): JobRoute[] {
  const checkpoints = new AsynchronousOperations((checkpointId: number) => ({ checkpointId }), 'failureCause')
  return [
    {
      method: 'POST',
      path: '/jobs/:jobid/checkpoints',
      handle(request) {
        const { jobId } = jobOf(request).master
        const fields = bodyFields(request.body, { ...TRIGGER, checkpointType: 'string' })
        checkTrigger(fields.triggerId)
        if (fields.checkpointType !== undefined && !CHECKPOINT_TYPES.includes(fields.checkpointType)) {
          throw badRequest(
            `checkpointType '${fields.checkpointType}' is not possible: ${CHECKPOINT_TYPES.join(' or ')}.`,
          )
        }
        return checkpoints.start(jobId, fields.triggerId, () => request.jobManager.checkpoint(jobId))
      },
    },
    {
      method: 'GET',
      path: '/jobs/:jobid/checkpoints/:triggerid',
      handle: (request) => checkpoints.status(jobOf(request).master.jobId, idParameter(request, 'triggerid')),
    },
  ]
}

function disposalRoutes(): JobRoute[] {
  const disposals = new AsynchronousOperations((_: void) => ({}))
  return [
    {
      method: 'POST',
      path: '/savepoint-disposal',
      handle({ jobManager, body }) {
        const fields = bodyFields(body, { ...TRIGGER, 'savepoint-path': 'string' })
        checkTrigger(fields.triggerId)
        const path = fields['savepoint-path']
        if (path === undefined) throw badRequest('Field "savepoint-path" is missing.')
        return disposals.start('disposal', fields.triggerId, () => jobManager.disposeSavepoint(path))
      },
    },
    {
      method: 'GET',
      path: '/savepoint-disposal/:triggerid',
      handle: (request) => disposals.status('disposal', idParameter(request, 'triggerid')),
    },
  ]
}

export function flinkOperationRoutes(): JobRoute[] {
  return [
    { method: 'PATCH', path: '/jobs/:jobid', handle: cancel },
    ...savepointRoutes(),
    ...checkpointRoutes(),
    ...disposalRoutes(),
    {
      method: 'PUT',
      path: '/jobs/:jobid/resource-requirements',
      handle(request) {
        jobOf(request)
        throw new FlinktsError('OPTION_INVALID', 'a running job keeps its parallelism', {
          fix: "Stop it, write SET 'parallelism.default' = '…' and run it again: its state is redistributed.",
        })
      },
    },
  ]
}
