import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { readEndpoints } from '../../../local/stack/endpoints.ts';
import { eventually } from '../../support/runtime.ts';
import { hourMs, hoursSince, mailed, put, type Scene } from '../../support/scene.ts';

/** Who comes into a workflow, what lets it go on, how it ends, and who may come in again. */
export function workflowsComeToAnEnd(scene: Scene): void {
  const { account, happens, tells, mailsTo, mailOf, endOf, report, welcomed, workflowsOf } = scene;
  const profileOf = async (userId: string) => (await scene.runtime.people()).find(({ userKey }) => userKey === `u#${userId}`);

  test('one that ended early keeps nobody out: who agrees later gets the offer for the next cart', async () => {
    await happens('nora', [{ name: 'identify', properties: { email: 'nora@reader.example' } }, put({})]);
    expect((await endOf('nora', 'abandoned-cart')).ended?.output).toContain('no-consent');
    await eventually('the end in the profile', async () => (await profileOf('nora'))?.workflows.length === 0 || undefined);
    await welcomed('nora');
    await happens('nora', [put({ product_id: 'dracula', name: 'Dracula' })]);
    expect((await mailOf('nora', 'offer')).text).toContain('Dracula');
    expect(workflowsOf('nora', 'abandoned-cart')).toHaveLength(2);
  }, 180_000);

  test('one that failed is told of in the profile and in the report, and keeps nobody out', async () => {
    const { dynamodbUrl, region } = readEndpoints(scene.world.dataDir);
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: dynamodbUrl, region, credentials: { accessKeyId: 'operator', secretAccessKey: 'x' } }));
    const TableName = (await documents.send(new ListTablesCommand())).TableNames?.find((name) => name.includes('Profiles'));
    const setTraits = (traits: object | null) =>
      documents.send(new UpdateCommand({ TableName, Key: { userKey: 'u#fred', part: 'content' }, UpdateExpression: 'SET traits = :traits', ExpressionAttributeValues: { ':traits': traits } }));
    await account('fred', 'fred@reader.example', put({}));
    await eventually('the workflow', () => workflowsOf('fred', 'abandoned-cart')[0]);
    // Nothing can be done with such an item, however often it is tried.
    await setTraits(null);
    expect(await endOf('fred', 'abandoned-cart')).toMatchObject({ status: 'FAILED', ended: { error: 'TypeError' } });
    const fred = await eventually('the failure in the profile', async () => {
      const known = await profileOf('fred');
      return known?.failures.abandoned_cart ? known : undefined;
    });
    expect([fred.failures.abandoned_cart?.error, fred.workflows]).toEqual(['TypeError', []]);
    expect((await report()).campaigns.find(({ campaign }) => campaign === 'abandoned_cart')?.workflows?.failed).toBe(1);
    await setTraits({});
    documents.destroy();
    await account('fred', 'fred@reader.example', put({ product_id: 'dracula', name: 'Dracula' }));
    await eventually('another workflow', () => workflowsOf('fred', 'abandoned-cart')[1]);
  }, 180_000);

  test("a visitor's goes on as that of the person who logs in at the same moment, once", async () => {
    const vera = mailed('vera', 'abandoned_cart');
    const timestamp = new Date(scene.runtime.clock.nowMs()).toISOString();
    await tells([
      { type: 'track', anonymousId: 'device-vera', event: 'add_to_cart', properties: { product_id: 'emma', name: 'Emma' }, timestamp },
      { type: 'identify', anonymousId: 'device-vera', userId: vera, traits: { email: `${vera}@reader.example`, marketing_consent: true }, timestamp },
      { type: 'track', userId: vera, event: 'add_to_cart', properties: { product_id: 'dracula', name: 'Dracula' }, timestamp },
    ]);
    const offer = await mailOf(vera, 'offer');
    expect(offer.text).toContain('Emma');
    const carts = scene.runtime.executions().filter(({ machineName, input }) => machineName.endsWith('abandoned-cart') && (input.includes('"a#device-vera"') || input.includes(`"u#${vera}"`)));
    expect(carts.filter(({ status }) => status !== 'ABORTED')).toHaveLength(1);
    expect((await profileOf(vera))?.workflows).toHaveLength(1);
    expect(mailsTo(vera)).toHaveLength(1);
  }, 120_000);

  test('what it waits for may come before what it began with: the picks follow a day after the look', async () => {
    const nowMs = scene.runtime.clock.nowMs();
    await account('ella', 'ella@reader.example', { name: 'product_viewed', properties: { product_id: 'dracula' }, atMs: nowMs });
    await eventually('the look', () => profileOf('ella'));
    await happens('ella', [{ name: 'signed_up', atMs: nowMs - hourMs }]);
    const hello = await mailOf('ella', 'hello');
    const picks = await mailOf('ella', 'picks');
    expect(hoursSince(picks.sentAtMs, hello.sentAtMs)).toBeLessThan(72);
  }, 120_000);
}
