import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { RecordTransition } from '../domain/profile/effects.ts';

/** Publishes segment changes to other systems. After a crash, one may be published twice; `detail.id` identifies it. */
export interface TransitionBus {
  publish(userKey: string, transition: RecordTransition): Promise<void>;
}

export function createTransitionBus(client: EventBridgeClient, busName: string): TransitionBus {
  return {
    async publish(userKey, { kind: _kind, ...change }) {
      const Detail = JSON.stringify({ id: `${userKey}#${change.atMs}#${change.to}`, userKey, ...change });
      const entry = { EventBusName: busName, Source: 'segue', DetailType: 'Segment Changed', Time: new Date(change.atMs), Detail };
      const answer = await client.send(new PutEventsCommand({ Entries: [entry] }));
      const refused = answer.Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (refused) throw new Error(`EventBridge refused a segment change: ${refused.ErrorCode} ${refused.ErrorMessage ?? ''}`.trim());
    },
  };
}
