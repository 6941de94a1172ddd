/**
 * Events as Amazon's documentation shows them, in the shape in which EventBridge delivers them:
 * https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html and notification-examples.html.
 * None of them is about an email of Segue's.
 */
const mail = (more: object = {}) => ({
  timestamp: '2017-08-05T00:40:02.012Z',
  source: 'Sender Name <sender@example.com>',
  sourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/sender@example.com',
  sendingAccountId: '123456789012',
  messageId: 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000',
  destination: ['recipient@example.com'],
  headersTruncated: false,
  headers: [{ name: 'From', value: 'Sender Name <sender@example.com>' }],
  commonHeaders: { from: ['Sender Name <sender@example.com>'], to: ['recipient@example.com'], messageId: 'EXAMPLE7c191be45', subject: 'Message sent from Amazon SES' },
  tags: { 'ses:configuration-set': ['ConfigSet'], 'ses:source-ip': ['192.0.2.0'], 'ses:from-domain': ['example.com'], 'ses:caller-identity': ['ses_user'] },
  ...more,
});
const three = mail({ destination: ['jane@example.com', 'mary@example.com', 'richard@example.com'] });
const told = (eventType: string, detail: object, of: object = mail()) => ({ source: 'aws.ses', detail: { eventType, mail: of, ...detail } });
const timestamp = '2017-08-05T00:41:02.669Z';
const visitor = { ipAddress: '192.0.2.1', timestamp, userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_3 like Mac OS X) AppleWebKit/603.3.8 (KHTML, like Gecko) Mobile/14G60' };

export const notifications = {
  bounceOfOne: told(
    'Bounce',
    {
      bounce: {
        bounceType: 'Permanent',
        bounceSubType: 'General',
        bouncedRecipients: [{ emailAddress: 'jane@example.com', action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' }],
        timestamp,
        feedbackId: '01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000',
        reportingMTA: 'dsn; mta.example.com',
        remoteMtaIp: '127.0.2.0',
      },
    },
    three,
  ),
  bounceOfTwo: told('Bounce', { bounce: { bounceType: 'Permanent', bounceSubType: 'General', bouncedRecipients: [{ emailAddress: 'jane@example.com' }, { emailAddress: 'Richard Doe <Richard@Example.com>' }], timestamp, feedbackId: 'f' } }, three),
  complaint: told(
    'Complaint',
    { complaint: { complainedRecipients: [{ emailAddress: 'richard@example.com' }], timestamp, feedbackId: 'f', complaintSubType: null, userAgent: 'AnyCompany Feedback Loop (V0.01)', complaintFeedbackType: 'abuse', arrivalDate: timestamp } },
    three,
  ),
  delivery: told('Delivery', { delivery: { timestamp, processingTimeMillis: 11_893, recipients: ['recipient@example.com'], smtpResponse: '250 2.6.0 Message received', remoteMtaIp: '123.456.789.012', reportingMTA: 'mta.example.com' } }),
  send: told('Send', { send: {} }),
  reject: told('Reject', { reject: { reason: 'Bad content' } }),
  open: told('Open', { open: visitor }),
  click: told('Click', { click: { ...visitor, link: 'http://docs.aws.amazon.com/ses/latest/DeveloperGuide/send-email-smtp.html', linkTags: { samplekey0: ['samplevalue0'] } } }),
  renderingFailure: told('Rendering Failure', { failure: { errorMessage: "Attribute 'attributeName' is not present in the rendering data.", templateName: 'MyTemplate' } }),
  deliveryDelay: told('DeliveryDelay', { deliveryDelay: { timestamp, delayType: 'TransientCommunicationFailure', expirationTime: timestamp, delayedRecipients: [{ emailAddress: 'recipient@example.com', status: '4.4.1', diagnosticCode: 'smtp; 421 4.4.1 Unable to connect to remote host' }] } }),
  subscription: told('Subscription', {
    subscription: {
      contactList: 'ContactListName',
      timestamp,
      source: 'UnsubscribeHeader',
      newTopicPreferences: { unsubscribeAll: true, topicSubscriptionStatus: [{ topicName: 'ExampleTopicName', subscriptionStatus: 'OptOut' }] },
      oldTopicPreferences: { unsubscribeAll: false, topicSubscriptionStatus: [{ topicName: 'ExampleTopicName', subscriptionStatus: 'OptOut' }] },
    },
  }),
};
