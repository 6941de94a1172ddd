import type { SiteCall } from '../world/edge.ts';
import type { World } from '../world/world.ts';
import type { Random } from '../time/random.ts';

/** What somebody does, before it is a Segment call. */
export interface Deed {
  person: string;
  type: SiteCall['type'];
  name: string;
  source: 'web' | 'server';
  userId?: string | undefined;
  anonymousId?: string | undefined;
  properties?: Record<string, unknown>;
  traits?: Record<string, unknown>;
}

/** An SDK: gives each call an id and a time by the device's clock, sends in batches, and sends again what was not acknowledged. */
export class Client {
  private readonly world: World;
  private readonly random: Random;
  /** By how much the device's clock is off; `sentAt` lets the pipeline put that right. */
  private readonly skewMs: number;
  private static count = new WeakMap<World, number>();

  constructor(world: World, random: Random) {
    this.world = world;
    this.random = random;
    this.skewMs = random.chance(0.6) ? 0 : random.int(-3_600_000, 3_600_000);
  }

  /** @returns the ids of the events; they may not be stored yet */
  say(deeds: readonly Deed[], { delayMs = 0, isSafe = false }: { delayMs?: number; isSafe?: boolean } = {}): string[] {
    const { clock, history } = this.world;
    const hasIds = isSafe || !this.random.chance(0.06);
    const calls = deeds.map((deed) => {
      const number = (Client.count.get(this.world) ?? 0) + 1;
      Client.count.set(this.world, number);
      const eventId = `e${number}`;
      const { person, source, name, properties = {}, traits } = deed;
      history.add({ what: 'event', eventId, person, name, key: deed.userId === undefined ? `a#${deed.anonymousId}` : `u#${deed.userId}`, source, happenedAtMs: clock.now(), properties: traits?.marketing_consent === true ? { ...properties, consents: true } : properties });
      return { eventId, call: this.callOf(deed, eventId, hasIds) };
    });
    const source = deeds[0]?.source ?? 'web';
    const batches = this.random.chance(0.8) ? [calls] : calls.map((one) => [one]);
    for (const batch of batches) {
      clock.after(delayMs + this.random.int(0, 2000), () => void this.deliver(source, batch, hasIds));
      // A page that is loaded twice, a queue that is flushed by two tabs.
      if (hasIds && this.random.chance(this.world.faults.rates('lambda').duplicate)) clock.after(delayMs + this.random.int(0, 600_000), () => void this.deliver(source, batch, hasIds));
    }
    return calls.map(({ eventId }) => eventId);
  }

  private callOf({ type, name, userId, anonymousId, properties, traits }: Deed, eventId: string, hasId: boolean): SiteCall {
    return {
      type,
      ...(hasId && { messageId: `m-${eventId}` }),
      ...(userId !== undefined && { userId }),
      ...(anonymousId !== undefined && { anonymousId }),
      timestamp: new Date(this.world.clock.now() + this.skewMs).toISOString(),
      ...(type === 'track' && { event: name, properties: { ...properties, event_id: eventId } }),
      ...(type === 'page' && { name, properties: { ...properties, event_id: eventId } }),
      ...(type === 'identify' && { traits: { ...traits, event_id: eventId } }),
    };
  }

  private async deliver(source: 'web' | 'server', batch: readonly { eventId: string; call: SiteCall }[], hasIds: boolean): Promise<void> {
    const { clock, edge, history } = this.world;
    // Without ids, whoever sends again may be counted twice; nobody who cares does so.
    const attempts = hasIds ? 9 : 1;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (attempt > 0) await clock.sleep(this.random.int(500, 1000) * 2 ** attempt);
      const sentAt = new Date(clock.now() + this.skewMs).toISOString();
      const status = await edge.post({ source, sentAt, batch: batch.map(({ call }) => call) });
      if (status !== 200) continue;
      for (const { eventId } of batch) history.add({ what: 'acknowledged', eventId });
      return;
    }
  }
}
