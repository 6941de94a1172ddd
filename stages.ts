import { defineStages } from './lambdas/schemas/stages.ts';

/** Your deployments. `npm run deploy -- --stage prod` deploys one of them. All fields: docs/stages.md. */
export default defineStages({
  dev: {},
  prod: {
    // region: 'eu-west-1',
    // account: '123456789012',
    // alarmEmail: 'you@example.com',
  },
});
