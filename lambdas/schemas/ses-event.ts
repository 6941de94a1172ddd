import * as z from 'zod/mini';

const time = z.iso.datetime({ offset: true });
/** Who fetched the tracking picture or followed the tracked link. */
const visit = { timestamp: time, ipAddress: z.optional(z.string()), userAgent: z.optional(z.nullable(z.string())) };

const preferences = z.looseObject({
  unsubscribeAll: z.optional(z.boolean()),
  topicSubscriptionStatus: z.optional(z.array(z.looseObject({ topicName: z.string(), subscriptionStatus: z.string() }))),
});

const recipients = z.optional(z.array(z.looseObject({ emailAddress: z.string() })));

/** The part of an SES event that Segue reads, as EventBridge delivers it. */
export const sesEvent = z.looseObject({
  source: z.literal('aws.ses'),
  detail: z.looseObject({
    eventType: z.enum(['Send', 'Delivery', 'Open', 'Click', 'Bounce', 'Complaint', 'Reject', 'DeliveryDelay', 'Rendering Failure', 'Subscription']),
    mail: z.looseObject({
      messageId: z.string(),
      /** When SES took the message; the same in every event about it. */
      timestamp: time,
      destination: z.optional(z.array(z.string())),
      tags: z.optional(z.record(z.string(), z.array(z.string()))),
    }),
    delivery: z.optional(z.looseObject({ timestamp: time })),
    open: z.optional(z.looseObject(visit)),
    click: z.optional(z.looseObject({ ...visit, link: z.string() })),
    /** Of some of the recipients, or of all. */
    bounce: z.optional(z.looseObject({ timestamp: time, bounceType: z.string(), bounceSubType: z.optional(z.string()), bouncedRecipients: recipients })),
    complaint: z.optional(
      z.looseObject({ timestamp: time, complaintFeedbackType: z.optional(z.nullable(z.string())), complaintSubType: z.optional(z.nullable(z.string())), complainedRecipients: recipients }),
    ),
    reject: z.optional(z.looseObject({ reason: z.optional(z.string()) })),
    deliveryDelay: z.optional(z.looseObject({ timestamp: time, delayType: z.optional(z.string()) })),
    /** The person used the unsubscribe page or header of SES's own list management. */
    subscription: z.optional(z.looseObject({ timestamp: time, newTopicPreferences: z.optional(preferences) })),
  }),
});
export type SesEvent = z.infer<typeof sesEvent>;
