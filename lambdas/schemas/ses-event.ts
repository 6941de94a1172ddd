import * as z from 'zod/mini';

const time = z.iso.datetime({ offset: true });

/** The part of an SES event that Segue reads, as EventBridge delivers it. */
export const sesEvent = z.looseObject({
  source: z.literal('aws.ses'),
  detail: z.looseObject({
    eventType: z.enum(['Send', 'Delivery', 'Open', 'Click', 'Bounce', 'Complaint', 'Reject', 'DeliveryDelay', 'Rendering Failure', 'Subscription']),
    mail: z.looseObject({
      messageId: z.string(),
      timestamp: time,
      destination: z.optional(z.array(z.string())),
      tags: z.optional(z.record(z.string(), z.array(z.string()))),
    }),
    delivery: z.optional(z.looseObject({ timestamp: time })),
    open: z.optional(z.looseObject({ timestamp: time, userAgent: z.optional(z.string()) })),
    click: z.optional(z.looseObject({ timestamp: time, link: z.string(), userAgent: z.optional(z.string()) })),
    bounce: z.optional(z.looseObject({ timestamp: time, bounceType: z.string(), bounceSubType: z.optional(z.string()) })),
    complaint: z.optional(z.looseObject({ timestamp: time, complaintFeedbackType: z.optional(z.string()) })),
    deliveryDelay: z.optional(z.looseObject({ timestamp: time, delayType: z.optional(z.string()) })),
  }),
});
export type SesEvent = z.infer<typeof sesEvent>;
