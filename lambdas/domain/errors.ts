/** Somebody else wrote the item between our read and our write; read again and repeat. */
export class WriteConflict extends Error {
  override name = 'WriteConflict';
}

/** Events and their effects are stored with the profile, but carrying out the effects has failed for now. The refresh does it if no later event does. */
export class EffectsLeft extends Error {
  override name = 'EffectsLeft';
}

/**
 * An email that SES certainly did not take: its claim can be given back, and the step repeated. The names of the kinds are
 * those in the Retry blocks of the state machines and in the alarms; each of them needs a different remedy.
 */
export class NotSent extends Error {
  override name = 'NotSent';
}

/** More at once than the account may send, or SES was not reached; seconds to minutes later it works. */
export class SendThrottled extends NotSent {
  override name = 'SendThrottled';
}

/** The account has sent all that it may within 24 hours; the quota frees up as those hours pass. */
export class SendQuotaReached extends NotSent {
  override name = 'SendQuotaReached';
}

/** Sending is paused for the account or the configuration set, by its owner or by AWS; works when it is resumed. */
export class SendingPaused extends NotSent {
  override name = 'SendingPaused';
}

/** The sender is not verified, or, in the sandbox, the recipient is not; somebody has to act. */
export class SenderNotVerified extends NotSent {
  override name = 'SenderNotVerified';
}

/** SES refuses this email for another reason, such as its content or a permission; somebody has to act. */
export class SendRejected extends NotSent {
  override name = 'SendRejected';
}
