/** A record of the stream that can never be processed. It is stored whole in the dead-letter bucket, and the shard goes on. */
export class PoisonRecord extends Error {
  override name = 'PoisonRecord';
}

/** Somebody else wrote the item between our read and our write; read again and repeat. */
export class WriteConflict extends Error {
  override name = 'WriteConflict';
}

/** SES refused for now (rate, quota, network) and certainly did not send; the state machine retries. */
export class SendThrottled extends Error {
  override name = 'SendThrottled';
}

/** SES refused for good (unverified sender, paused account, malformed message) and did not send; somebody has to act. */
export class SendRejected extends Error {
  override name = 'SendRejected';
}
