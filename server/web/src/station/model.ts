// The station's sightings, live, with what is known of who arrived. Nothing of it outlives the log-in.
import { signal } from '@preact/signals';
import type { Api } from '../shared/api';
import { Unreachable } from '../shared/api';
import type { CommandAnswer, CommandName, FeedMessage, Me, Sighting, TimelineEntry } from '../shared/contract';
import { isGone } from '../shared/contract';
import { openFeed, type FeedState } from '../shared/feed';
import { uuid } from '../shared/uuid';
import type { Registered, StationRecord } from './records';

const atOnce = 3;

export class Model {
  readonly sightings = signal<ReadonlyMap<string, Sighting>>(new Map());
  readonly timelines = signal<ReadonlyMap<string, TimelineEntry[]>>(new Map());
  readonly registered = signal<ReadonlyMap<string, Registered>>(new Map());
  readonly station = signal<StationRecord | null>(null);
  /// Codes of jurisdictions with their names.
  readonly names = signal<ReadonlyMap<string, string>>(new Map());
  readonly state = signal<FeedState>('connecting');
  readonly caughtUp = signal(false);

  private readonly waiting: (() => Promise<void>)[] = [];
  private running = 0;
  private readonly commandIds = new Map<string, string>();
  private closed = false;

  constructor(
    private readonly api: Api,
    readonly me: Me,
  ) {}

  /// Follows the feed until the returned function is called.
  start(): () => void {
    void this.refreshStation();
    this.later(async () => {
      const { features } = await this.api.get<{ features: { properties: { code: string; name: string } }[] }>('/v1/jurisdictions');
      this.names.value = new Map(features.map(({ properties }) => [properties.code, properties.name]));
    });
    const feed = openFeed({ onMessage: (message) => this.take(message), onState: (state) => (this.state.value = state) });
    return () => {
      this.closed = true;
      feed.close();
    };
  }

  private take(message: FeedMessage) {
    if (message.type === 'hello' && message.reset) this.sightings.value = new Map();
    if (message.type === 'caught_up') this.caughtUp.value = true;
    if (message.type === 'change') this.put(message.sighting as Sighting);
  }

  /// Takes over a sighting's state, and asks for what has to be known of it.
  private put(sighting: Sighting | { id: string; gone: true }) {
    const known = this.sightings.value.get(sighting.id);
    const next = new Map(this.sightings.value);
    // What this station reported and others have in hand is not its guest.
    const mine = !isGone(sighting) && sighting.assignment?.station === this.me.station;
    if (!mine) {
      if (next.delete(sighting.id)) this.sightings.value = next;
      return;
    }
    if (known && known.version > sighting.version) return;
    this.sightings.value = next.set(sighting.id, sighting);
    const is = (...statuses: string[]) => statuses.includes(sighting.status);
    if (is('picked_up') || this.timelines.value.has(sighting.id)) this.later(() => this.readTimeline(sighting.id));
    if (is('picked_up', 'confirmed')) this.later(() => this.readRegistered(sighting.id));
    if (!known || known.assignment?.team !== sighting.assignment?.team) this.later(() => this.refreshStation());
  }

  /// Does it soon, a few at a time; what fails is tried again when the feed next tells of the sighting.
  private later(what: () => Promise<void>) {
    this.waiting.push(what);
    void this.work();
  }
  private async work() {
    if (this.running >= atOnce) return;
    this.running += 1;
    for (let next = this.waiting.shift(); next && !this.closed; next = this.waiting.shift())
      await next().catch((error: unknown) => console.warn(String(error)));
    this.running -= 1;
  }

  async refreshStation() {
    this.station.value = await this.api.get<StationRecord>(`/v1/stations/${this.me.station}`);
  }
  async readTimeline(id: string) {
    const { timeline = [] } = await this.api.get<Sighting>(`/v1/sightings/${id}`);
    this.timelines.value = new Map(this.timelines.value).set(id, timeline);
  }
  async readRegistered(id: string) {
    const registered = await this.api.get<Registered>(`/v1/sightings/${id}/intakes`);
    this.registered.value = new Map(this.registered.value).set(id, registered);
  }

  /// One command. Until it is answered, the same again is the same command: it is not done twice.
  async does(sighting: string, name: CommandName, body: object) {
    const key = JSON.stringify([sighting, name, body]);
    const id = this.commandIds.get(key) ?? uuid();
    this.commandIds.set(key, id);
    let answer: CommandAnswer;
    try {
      const command = { id, sighting, name, at: new Date().toISOString(), body };
      answer = await this.api.post<CommandAnswer>(`/v1/sightings/${sighting}/commands`, command);
    } catch (error) {
      if (!(error instanceof Unreachable)) this.commandIds.delete(key);
      throw error;
    }
    this.commandIds.delete(key);
    this.put(answer.sighting);
    if (this.timelines.value.has(sighting)) await this.readTimeline(sighting);
    if (name === 'register' || name === 'publish_notice') await this.readRegistered(sighting);
  }

  async setPlaces(free: number) {
    const said = await this.api.put<StationRecord>(`/v1/stations/${this.me.station}/places`, { free });
    this.station.value = { ...said, bringing: this.station.value?.bringing ?? [] };
  }
}

/// When the team said that somebody comes along.
export const pickedUpAt = (timeline: TimelineEntry[] | undefined): number | null => {
  const entry = timeline?.filter(({ status }) => status === 'picked_up')[0];
  return entry ? new Date(entry.at).getTime() : null;
};
