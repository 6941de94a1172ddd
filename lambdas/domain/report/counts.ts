import type { CampaignReport, EmailCounts } from '../../schemas/report.ts';

/** Numbers of emails that add up, whatever step and variant they are of. */
export type Counts = Omit<EmailCounts, 'step' | 'variant'>;

export const noCounts: Counts = {
  sent: 0,
  unconfirmed: 0,
  heldOut: 0,
  delivered: 0,
  opened: 0,
  clicked: 0,
  autoOpened: 0,
  autoClicked: 0,
  bounced: 0,
  softBounced: 0,
  complained: 0,
  unsubscribed: 0,
  conversions: 0,
  revenue: 0,
};

const fields = Object.keys(noCounts) as (keyof Counts)[];

export function sumOf(rows: readonly Counts[]): Counts {
  return rows.reduce(
    (sum, row) => Object.fromEntries(fields.map((field) => [field, sum[field] + row[field]])) as unknown as Counts,
    noCounts,
  );
}

export const totalOf = (campaigns: readonly CampaignReport[]): Counts => sumOf(campaigns.flatMap(({ emails }) => emails));
