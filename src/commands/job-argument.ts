// How commands that take a job are told which.
import { Args } from '@oclif/core'

export const jobArgument = Args.string({ description: 'name, path, id or first digits of the id', required: true })
