import type { Call } from '../event-files/csv-columns.ts';

/**
 * A call as the device sent it, of one from an archive that says when it was received. There `timestamp` is corrected already;
 * what it was corrected from would correct it a second time.
 */
export function archivedCall(call: Call): Call {
  if (call.receivedAt === undefined || call.timestamp === undefined || call.originalTimestamp === undefined) return call;
  const { originalTimestamp: _original, sentAt: _sent, ...corrected } = call;
  return corrected as Call;
}
