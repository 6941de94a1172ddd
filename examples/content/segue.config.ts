import { defineConfig } from '../../lambdas/schemas/define-config.ts';

/** An example of a magazine: people read, save articles for later and subscribe. `npm run init -- content` makes a copy that is yours. */
export default defineConfig({
  sender: {
    name: 'The Slow Wire',
    address: 'hello@slowwire.example',
    postalAddress: 'The Slow Wire, 9 Mill Lane, 50668 Köln, Germany',
    siteUrl: 'https://slowwire.example',
    linkHosts: ['slowwire.example'],
  },

  brand: {
    colors: { accent: '#8a2f4a', onAccent: '#ffffff', background: '#f7f5f2', card: '#ffffff', text: '#211d1f', muted: '#625a5d', line: '#e2dcd6' },
    darkColors: { accent: '#f0a9bd', onAccent: '#32101b', background: '#171516', card: '#221f20', text: '#efe9eb', muted: '#b6adb0', line: '#453f41' },
    font: "Charter, Georgia, 'Times New Roman', serif",
  },
  languages: ['en'],
  contact: { maxPerDay: 1, maxPerWeek: 2 },

  // What emails may show of a person; see docs/campaigns.md.
  traits: { favourite_topic: { type: 'text', sample: 'rivers' } },
  conversions: ['subscription_started'],

  scores: {
    interest: { halfLifeDays: 21, points: { article_saved: 4, email_clicked: 3, article_read: 2, page_viewed: 1 } },
  },

  thresholds: {
    regular: { score: 'interest', enter: 20, exit: 12, calibrate: { targetShare: 0.15, minSample: 200, maxStep: 0.2 } },
  },

  segments: [
    { name: 'subscribers', title: 'Subscribed', when: { all: [{ did: 'subscription_started' }, { did: '*', withinDays: 60 }] } },
    { name: 'regulars', title: 'Read five articles within 30 days, or much else', when: { any: [{ did: 'article_read', atLeast: 5, withinDays: 30 }, { score: 'interest', atLeast: 'regular' }] } },
    { name: 'lapsed', title: 'Nothing for 60 days', when: { all: [{ did: '*' }, { not: { did: '*', withinDays: 60 } }] }, lost: true },
  ],
  fallback: { name: 'everyone_else', title: 'Too little is known yet' },

  topics: {
    reading: { title: 'Reading', description: 'What you saved, and what you may have missed' },
    membership: { title: 'Subscription', description: 'Now and then, what a subscription pays for' },
  },

  campaigns: {
    welcome: {
      title: 'Welcome',
      stateMachine: 'welcome',
      topic: 'reading',
      priority: 10,
      entry: { event: 'signed_up' },
      exit: { event: 'subscription_started' },
      reentry: 'once',
      maxTriggerAgeHours: 24,
      steps: { hello: { email: 'welcome-hello', afterHours: 0 } },
    },

    saved_article: {
      title: 'Saved for later',
      stateMachine: 'saved-article',
      topic: 'reading',
      entry: { event: 'article_saved' },
      entryProperties: {
        article_title: { type: 'text', default: 'You saved an article', sample: 'The last ferry on the Rhine' },
        article_url: { type: 'url', sample: 'https://slowwire.example/rhine' },
        minutes: { type: 'number', sample: 24 },
      },
      keyProperty: 'article_id',
      exit: { event: 'article_read' },
      maxTriggerAgeHours: 24,
      steps: { reminder: { email: 'saved-reminder', afterHours: 72 } },
    },

    subscribe: {
      title: 'Reads a lot',
      stateMachine: 'subscribe',
      topic: 'membership',
      entry: { entersSegment: 'regulars' },
      exit: { event: 'subscription_started' },
      reentry: { cooldownHours: 90 * 24 },
      maxTriggerAgeHours: 24,
      holdout: 0.1,
      steps: { ask: { email: 'subscribe-ask', afterHours: 12 } },
    },

    comeback: {
      title: 'Not seen for two months',
      stateMachine: 'comeback',
      topic: 'reading',
      entry: { entersSegment: 'lapsed' },
      exit: { when: { not: { segment: 'lapsed' } } },
      reentry: { cooldownHours: 180 * 24 },
      maxTriggerAgeHours: 24,
      steps: { letter: { email: 'comeback-letter', afterHours: 0, atLocalHour: 18 } },
    },
  },
});
