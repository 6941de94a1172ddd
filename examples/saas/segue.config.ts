import { defineConfig } from '../../lambdas/schemas/define-config.ts';

/** An example of a service with a free plan: people sign up, make projects, invite others and pay for more. `npm run init -- saas` makes a copy that is yours. */
export default defineConfig({
  sender: {
    name: 'Plainboard',
    address: 'hello@plainboard.example',
    postalAddress: 'Plainboard GmbH, 4 Canal Row, 10999 Berlin, Germany',
    siteUrl: 'https://plainboard.example',
    linkHosts: ['plainboard.example'],
  },

  brand: {
    colors: { accent: '#3344b0', onAccent: '#ffffff', background: '#f2f4f8', card: '#ffffff', text: '#1d2330', muted: '#56607a', line: '#d6dbe6' },
    darkColors: { accent: '#aab8ff', onAccent: '#131a3a', background: '#12151c', card: '#1b202b', text: '#e8ebf2', muted: '#a8b0c2', line: '#363d4d' },
  },
  languages: ['en'],
  contact: { maxPerDay: 1, maxPerWeek: 3 },

  // What emails may show of a person; see docs/campaigns.md.
  traits: { plan: { type: 'text', default: 'Free', sample: 'Team' } },
  conversions: ['subscription_started'],

  scores: {
    activity: {
      halfLifeDays: 14,
      points: { teammate_invited: 8, project_created: 5, email_clicked: 3, feature_used: 2, signed_in: 1 },
    },
  },

  thresholds: {
    active: { score: 'activity', enter: 25, exit: 15, calibrate: { targetShare: 0.1, minSample: 200, maxStep: 0.2 } },
  },

  segments: [
    { name: 'customers', title: 'Pays', when: { all: [{ did: 'subscription_started' }, { did: '*', withinDays: 30 }] } },
    { name: 'power_users', title: 'Very active and does not pay yet', when: { score: 'activity', atLeast: 'active' } },
    { name: 'inactive', title: 'Nothing for 30 days', when: { all: [{ did: '*' }, { not: { did: '*', withinDays: 30 } }] }, lost: true },
    { name: 'newcomers', title: 'Signed up within 14 days', when: { did: 'signed_up', withinDays: 14 } },
  ],
  fallback: { name: 'everyone_else', title: 'Too little is known yet' },

  topics: {
    tips: { title: 'Tips', description: 'How to get started, and what to try next' },
    plans: { title: 'Plans', description: 'When another plan would suit you better' },
  },

  campaigns: {
    onboarding: {
      title: 'Onboarding',
      stateMachine: 'onboarding',
      topic: 'tips',
      priority: 10,
      entry: { event: 'signed_up' },
      exit: { event: 'project_created' },
      reentry: 'once',
      maxTriggerAgeHours: 24,
      steps: {
        hello: { email: 'onboarding-hello', afterHours: 0 },
        first_project: { email: 'onboarding-first-project', afterHours: 48 },
      },
    },

    project_setup: {
      title: 'Alone in a project',
      stateMachine: 'project-setup',
      topic: 'tips',
      entry: { event: 'project_created' },
      entryProperties: {
        project_name: { type: 'text', default: 'your project', sample: 'Autumn release' },
        tasks: { type: 'number', sample: 7 },
      },
      keyProperty: 'project_id',
      exit: { event: 'teammate_invited' },
      maxTriggerAgeHours: 24,
      steps: { invite: { email: 'project-setup-invite', afterHours: 24 } },
    },

    upgrade: {
      title: 'Ready for more',
      stateMachine: 'upgrade',
      topic: 'plans',
      entry: { entersSegment: 'power_users' },
      exit: { event: 'subscription_started' },
      reentry: { cooldownHours: 60 * 24 },
      maxTriggerAgeHours: 24,
      steps: { offer: { email: 'upgrade-offer', afterHours: 2 } },
    },

    comeback: {
      title: 'Not seen for a month',
      stateMachine: 'comeback',
      topic: 'tips',
      entry: { entersSegment: 'inactive' },
      exit: { when: { not: { segment: 'inactive' } } },
      reentry: { cooldownHours: 180 * 24 },
      maxTriggerAgeHours: 24,
      holdout: 0.1,
      steps: { hello: { email: 'comeback-hello', afterHours: 0, atLocalHour: 10 } },
    },
  },
});
