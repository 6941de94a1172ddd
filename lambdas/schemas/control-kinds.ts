/**
 * Kinds of item in the control table, which are its partition keys. Each function may reach only its own (`lib/parts/table-access.ts`), so
 * a kind that no function is granted cannot be used.
 */
export const controlKinds = [
  'write-key',
  'thresholds',
  'classifier',
  'calibration',
  'calibration-measure',
  'calibration-part#*',
  'suppression',
  'opt-out',
  'campaign',
  'product',
  'product-feed',
  'coupon',
  'contact',
  'counter#*',
  'send-rate',
  'send-rate#*',
  'wait',
  'report-notice',
  'return-request',
] as const;
export type ControlKind = (typeof controlKinds)[number];
