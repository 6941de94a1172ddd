import { defineConfig } from '../../lambdas/schemas/define-config.ts';

/** The example shop: an online bookstore. Tests and the demo use it; `npm run init -- bookstore` makes a copy that is yours. */
export default defineConfig({
  sender: {
    name: 'Lantern Books',
    address: 'hello@lanternbooks.example',
    postalAddress: 'Lantern Books, 12 Harbour Street, 20457 Hamburg, Germany',
    siteUrl: 'https://lanternbooks.example',
    linkHosts: ['lanternbooks.example'],
  },

  brand: {
    colors: { accent: '#7a2e2e', onAccent: '#ffffff', background: '#f4efe6', card: '#fffdf8', text: '#2b2622', muted: '#685c50', line: '#e5dccd' },
    darkColors: { accent: '#e8b3a2', onAccent: '#2b1512', background: '#1b1816', card: '#26221e', text: '#f0e9de', muted: '#b9ac9b', line: '#463d35' },
    font: "Georgia, 'Times New Roman', serif",
  },
  languages: ['en', 'de'],
  contact: { maxPerDay: 1, maxPerWeek: 3 },

  conversions: ['purchase'],
  aliases: {
    'Product Viewed': 'product_viewed',
    'Product Added': 'add_to_cart',
    'Product Removed': 'remove_from_cart',
    'Product Added to Wishlist': 'wishlist_saved',
    'Signed Up': 'signed_up',
    'Order Completed': 'purchase',
  },
  products: { viewed: 'product_viewed', added: 'add_to_cart', removed: 'remove_from_cart', bought: 'purchase' },

  scores: {
    engagement: {
      halfLifeDays: 30,
      points: {
        purchase: 10,
        email_clicked: 7,
        email_opened: 5,
        add_to_cart: 4,
        wishlist_saved: 3,
        product_viewed: 2,
        page_viewed: 1,
      },
    },
  },

  thresholds: {
    engaged: { score: 'engagement', enter: 50, exit: 40, calibrate: { targetShare: 0.1, minSample: 200, maxStep: 0.2 } },
  },

  segments: [
    {
      name: 'recent_buyers',
      title: 'Bought within 30 days',
      when: { did: 'purchase', withinDays: 30 },
      assumption: { words: 'Who has just bought wants to see more.', survey: 'useful', confirmedBy: ['yes'], refutedBy: ['no'] },
    },
    {
      name: 'fans',
      title: 'High engagement and opened an email within 14 days',
      when: { all: [{ score: 'engagement', atLeast: 'engaged' }, { email: 'opened', withinDays: 14 }] },
    },
    {
      name: 'engaged_browsers',
      title: 'Viewed several products within 30 days and never bought',
      when: { all: [{ did: 'product_viewed', atLeast: 3, withinDays: 30 }, { not: { did: 'purchase' } }] },
    },
    {
      name: 'dormant',
      title: 'Nothing for 90 days',
      when: { all: [{ did: '*' }, { not: { did: '*', withinDays: 90 } }] },
      lost: true,
      assumption: { words: 'Who is gone comes back for a discount.', survey: 'useful', confirmedBy: ['yes'], refutedBy: ['no'] },
    },
  ],
  fallback: { name: 'everyone_else', title: 'Too little is known yet' },

  topics: {
    offers: {
      title: 'Offers',
      description: 'Discounts, and what still lies in your cart',
      locales: { de: { title: 'Angebote', description: 'Rabatte, und was noch in Ihrem Warenkorb liegt' } },
    },
    ideas: {
      title: 'Reading ideas',
      description: 'Books that go with those you looked at or bought',
      locales: { de: { title: 'Leseideen', description: 'Bücher zu denen, die Sie angesehen oder gekauft haben' } },
    },
    hello: {
      title: 'First steps',
      description: 'Two emails after you signed up',
      locales: { de: { title: 'Erste Schritte', description: 'Zwei E-Mails nach Ihrer Anmeldung' } },
    },
  },

  surveys: {
    useful: {
      question: 'Was this email of use to you?',
      answers: [{ value: 'yes', label: 'Yes' }, { value: 'no', label: 'No' }],
      locales: { de: { question: 'War diese E-Mail nützlich für Sie?', labels: { yes: 'Ja', no: 'Nein' } } },
    },
  },

  campaigns: {
    abandoned_cart: {
      title: 'Abandoned cart',
      stateMachine: 'abandoned-cart',
      topic: 'offers',
      priority: 10,
      entry: { event: 'add_to_cart' },
      // Visitors may log in before the offer is due.
      startsWithoutAddress: true,
      exit: { event: 'purchase' },
      maxTriggerAgeHours: 48,
      variants: { calm: {}, bold: { steps: { offer: { email: 'abandoned-cart-offer-bold' } } } },
      winner: 'calm',
      steps: {
        offer: { email: 'abandoned-cart-offer', afterHours: 48, discount: { percent: 15, validHours: 48, percentBySegment: { fans: 20 } } },
        reminder: { email: 'abandoned-cart-reminder', afterHours: 72, ifClicked: 'offer' },
      },
    },

    browse_abandonment: {
      title: 'Looked and left',
      stateMachine: 'browse-abandonment',
      topic: 'ideas',
      entry: { event: 'product_viewed', when: { all: [{ segment: 'engaged_browsers' }, { not: { did: 'add_to_cart', withinDays: 7 } }] } },
      exit: { event: 'add_to_cart', when: { segment: 'recent_buyers' } },
      startsWithoutAddress: true,
      reentry: { cooldownHours: 14 * 24 },
      maxTriggerAgeHours: 12,
      steps: { nudge: { email: 'browse-abandonment', afterHours: 24, shows: 'views' } },
    },

    welcome: {
      title: 'Welcome',
      stateMachine: 'welcome',
      topic: 'hello',
      priority: 5,
      entry: { event: 'signed_up' },
      exit: { event: 'purchase' },
      reentry: 'once',
      maxTriggerAgeHours: 24,
      waits: { first_look: { event: 'product_viewed', timeoutHours: 72 } },
      steps: {
        hello: { email: 'welcome-hello', afterHours: 0, shows: 'none' },
        picks: { email: 'welcome-picks', afterHours: 24, shows: 'views', evenIfEmpty: true },
      },
    },

    cross_sell: {
      title: 'Goes with what you bought',
      stateMachine: 'cross-sell',
      topic: 'ideas',
      entry: { entersSegment: 'recent_buyers' },
      exit: { event: 'purchase' },
      reentry: { cooldownHours: 30 * 24 },
      maxTriggerAgeHours: 24,
      steps: { ideas: { email: 'cross-sell', afterHours: 5 * 24, shows: 'related', survey: 'useful' } },
    },

    win_back: {
      title: 'We miss you',
      stateMachine: 'win-back',
      topic: 'offers',
      entry: { entersSegment: 'dormant' },
      exit: { when: { not: { segment: 'dormant' } } },
      reentry: { cooldownHours: 180 * 24 },
      maxTriggerAgeHours: 24,
      holdout: 0.1,
      branches: { past: [{ to: 'buyer', when: { did: 'purchase' } }] },
      steps: {
        offer: { email: 'win-back', afterHours: 0, atLocalHour: 10, shows: 'none', survey: 'useful', discount: { percent: 20, validHours: 14 * 24 } },
        reminder: { email: 'win-back', afterHours: 0, atLocalHour: 10, shows: 'none', survey: 'useful' },
      },
    },

    reward: {
      title: 'Thank you, reader',
      stateMachine: 'reward',
      topic: 'offers',
      entry: { entersSegment: 'fans' },
      exit: { when: { subscribed: false } },
      reentry: { cooldownHours: 90 * 24 },
      maxTriggerAgeHours: 24,
      steps: { thanks: { email: 'reward', afterHours: 1, shows: 'none', discount: { percent: 20, validHours: 30 * 24 } } },
    },
  },
});
