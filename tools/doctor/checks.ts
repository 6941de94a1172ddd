import { alarmMail, alarmTopic, alarms } from './checks/alarms.ts';
import { api, clock, throttle } from './checks/api.ts';
import { deadLetters, failureQueues } from './checks/dead-letters.ts';
import { concurrency, functions, hold } from './checks/functions.ts';
import { identity, region } from './checks/identity.ts';
import { campaigns, usagePlans, writeKeys } from './checks/keys.ts';
import { account, configurationSet, sender } from './checks/ses.ts';
import { stack, version } from './checks/stack.ts';
import { mapping, stream } from './checks/stream.ts';
import { backups, expiry, tables } from './checks/tables.ts';
import { rules, schedules } from './checks/timers.ts';
import { definitions, workflows } from './checks/workflows.ts';
import type { Check } from './context.ts';

/** Without these, nothing else can be looked at. */
export const firstChecks: readonly Check[] = [region, identity, stack];

/** In the order in which an event goes through Segue. */
export const otherChecks: readonly Check[] = [
  version,
  clock,
  api,
  throttle,
  usagePlans,
  writeKeys,
  stream,
  mapping,
  functions,
  concurrency,
  tables,
  expiry,
  backups,
  schedules,
  rules,
  workflows,
  definitions,
  campaigns,
  hold,
  account,
  sender,
  configurationSet,
  alarms,
  alarmMail,
  alarmTopic,
  deadLetters,
  failureQueues,
];
