// Any error as one line for a person.
import { HypercraftError } from '../isa/error.js';

/** The image could not be had: the world's fault and not the command line's. */
export class ImageUnavailable extends Error {}

/** The message of a HypercraftError; anything else is a defect of ours and says so (with its stack if HYPERCRAFT_DEBUG is set). */
export function explain(error: unknown): string {
  if (error instanceof HypercraftError) return error.message.replaceAll(/\s*\n\s*/g, ' ');
  if (error instanceof ImageUnavailable) return error.message;
  if (!(error instanceof Error)) return `internal error: ${String(error)}`;
  return process.env.HYPERCRAFT_DEBUG ? (error.stack ?? error.message) : `internal error: ${error.message}`;
}
