import { defineStages } from './lambdas/schemas/stages.ts';

/** Your deployments. `npm run deploy -- --stage prod` deploys one of them. All fields: docs/stages.md. */
export default defineStages({
  dev: {},
  prod: {
    // No mail goes out until this is false and deployed again: time to see what would be sent.
    hold: true,
    // region: 'eu-west-1',
    // account: '123456789012',
    // alarmEmail: 'you@example.com',
  },
});
