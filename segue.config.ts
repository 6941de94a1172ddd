import { defineConfig } from './lambdas/schemas/define-config.ts';

/** The example shop: an online bookstore. Edit this file, run `npm run check`, deploy. */
export default defineConfig({
  sender: {
    name: 'Lantern Books',
    address: 'hello@lanternbooks.example',
    postalAddress: 'Lantern Books, 12 Harbour Street, 20457 Hamburg, Germany',
    siteUrl: 'https://lanternbooks.example',
    linkHosts: ['lanternbooks.example'],
  },

  contact: { maxPerDay: 1, maxPerWeek: 3 },

  conversions: ['purchase'],
  aliases: {
    'Product Viewed': 'product_viewed',
    'Product Added': 'add_to_cart',
    'Product Removed': 'remove_from_cart',
    'Product Added to Wishlist': 'wishlist_saved',
    'Order Completed': 'purchase',
  },
  products: { added: 'add_to_cart', removed: 'remove_from_cart', bought: 'purchase' },

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
    { name: 'recent_buyers', title: 'Bought within 30 days', when: { did: 'purchase', withinDays: 30 } },
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
    },
  ],
  fallback: { name: 'everyone_else', title: 'Too little is known yet' },

  campaigns: {
    abandoned_cart: {
      title: 'Abandoned cart',
      stateMachine: 'abandoned-cart',
      topic: 'offers',
      entry: { event: 'add_to_cart' },
      exit: { event: 'purchase' },
      maxTriggerAgeHours: 48,
      steps: {
        offer: { email: 'abandoned-cart-offer', afterHours: 48, discount: { percent: 15, validHours: 48 } },
        reminder: { email: 'abandoned-cart-reminder', afterHours: 72, ifClicked: 'offer' },
      },
    },
  },
});
