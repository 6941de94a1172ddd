import { benchDynamo } from './dynamo.ts';
import { benchEmailCost } from './email-cost.ts';
import { assumed, evenly, millionEmails, millionEvents, pricesOf, type Row } from './prices.ts';

export interface PriceTable {
  title: string;
  rows: Row[];
}

/**
 * Counts the AWS calls of a million events and a million emails, and prices them for two loads.
 * @param people who get the emails that are counted
 */
export async function benchCost(people?: number) {
  const events = await benchDynamo(assumed.eventsPerRequest);
  const emails = await benchEmailCost(people);
  const tables: PriceTable[] = [
    { title: 'A million events, 500 a second', rows: millionEvents(events) },
    { title: 'A million emails of the abandoned cart, 50 a second', rows: millionEmails(emails) },
    { title: 'A million events, evenly over a month', rows: millionEvents(events, evenly) },
    { title: 'A million emails of the abandoned cart, evenly over a month', rows: millionEmails(emails, evenly) },
  ];
  return { pricesOf, counts: { events, emails }, tables };
}
