// The wire contract's types, as far as the pages use them (protocol/openapi.yaml).

export type Role = 'informant' | 'dispatcher' | 'supervisor' | 'team' | 'station' | 'partner' | 'admin';
export type ReporterKind = 'sanitation_worker' | 'taxi_driver' | 'patrol' | 'volunteer' | 'staff' | 'public' | 'self';
export type Status = 'queued' | 'assigned' | 'en_route' | 'on_scene' | 'picked_up' | 'confirmed' | 'closed' | 'left';
export type CoarseStatus =
  | 'received' | 'on_the_way' | 'helped' | 'declined_help' | 'not_found' | 'passed_on' | 'closed';
export type Category =
  | 'needs_help' | 'medical' | 'minor_at_risk' | 'exploitation_suspected'
  | 'professional_begging' | 'disturbance' | 'public_facility';
export type Urgency = 'normal' | 'urgent' | 'emergency';
export type Trait =
  | 'minor' | 'elderly' | 'disabled' | 'injured' | 'ill' | 'mental_distress' | 'pregnant' | 'with_children';
export type Staying = 'now' | 'overnight' | 'moving';
export type Spoke = 'told' | 'card' | 'wants_help';
export type Outcome =
  | 'picked_up' | 'helped_on_site' | 'declined' | 'unable_to_consent' | 'advised' | 'referred' | 'already_known'
  | 'not_found' | 'already_gone' | 'inaccessible' | 'duplicate' | 'invalid' | 'withdrawn' | 'changed_mind'
  | 'not_arrived';
export type Offer = 'shelter' | 'food' | 'blanket' | 'clothes' | 'hot_drink' | 'medical' | 'ticket_home' | 'card';
export type Agency = 'police' | 'city_management' | 'hospital';

/// In degrees, WGS-84 unless `crs` says otherwise. The server answers in WGS-84 alone.
export interface Position {
  lat: number;
  lon: number;
  accuracy_m?: number | null;
  crs?: 'wgs84' | 'gcj02';
  source?: 'gps' | 'network' | 'manual' | 'photo' | null;
  fix_age_s?: number | null;
}

export interface Photo {
  id: string;
  media_type?: string | null;
  bytes?: number | null;
  width?: number | null;
  height?: number | null;
  sha256?: string | null;
  taken_at?: string | null;
  state: 'expected' | 'held' | 'damaged';
}

export interface Referral {
  agency: Agency;
  reason?: string | null;
  note?: string | null;
  at?: string | null;
  reference?: string | null;
}

export interface TimelineEntry {
  version: number;
  name: string;
  at: string;
  device_at: string | null;
  by_role: Role | 'server';
  status: Status;
  text?: string;
  reason?: string;
}

/// A sighting as staff see it.
export interface Sighting {
  id: string;
  version: number;
  status: Status;
  outcome: Outcome | null;
  category: Category;
  urgency: Urgency;
  people: number | null;
  traits: Trait[];
  position: Position;
  place: string | null;
  appearance: string | null;
  staying: Staying | null;
  note: string | null;
  spoke?: Spoke[] | null;
  caller?: { kind?: string | null; callback?: string | null } | null;
  observed_at: string;
  received_at: string;
  code: string;
  case: string | null;
  jurisdiction: string;
  outside?: boolean;
  reporter: { kind: ReporterKind } | null;
  photos: Photo[];
  assignment: { team: string; station?: string | null; at: string } | null;
  referrals: Referral[];
  protect: boolean;
  claimed_by: string | null;
  claimed_until: string | null;
  due_at: string | null;
  escalation: number;
  timeline?: TimelineEntry[];
}

/// A sighting as its reporter sees it.
export interface InformantSighting {
  id: string;
  version: number;
  code: string;
  status: CoarseStatus;
  category: Category;
  position: Position;
  place?: string | null;
  appearance?: string | null;
  staying?: Staying | null;
  note?: string | null;
  people?: number | null;
  traits?: Trait[];
  photos?: Photo[];
  observed_at: string;
  received_at: string;
  timeline?: { status: CoarseStatus; at: string }[];
}

export interface Gone {
  id: string;
  gone: true;
}
export const isGone = (one: object): one is Gone => 'gone' in one;

export interface QueueItem extends Sighting {
  waiting_s: number;
  overdue: boolean;
  rings: string | null;
}

/// The body of `report`; every member is optional in `amend`.
export interface Report {
  category: Category;
  position: Position;
  observed_at: string;
  people?: number;
  traits?: Trait[];
  place?: string;
  appearance?: string;
  staying?: Staying;
  note?: string;
  urgency?: Urgency;
  photos?: string[];
  spoke?: Spoke[];
  caller?: { kind?: string; callback?: string };
}

export type CommandName =
  | 'report' | 'amend' | 'withdraw' | 'triage' | 'claim' | 'release' | 'assign' | 'accept' | 'decline' | 'arrive'
  | 'resolve' | 'confirm' | 'register' | 'publish_notice' | 'changed_mind' | 'not_arrived' | 'refer' | 'link'
  | 'unlink' | 'comment' | 'reopen';

export interface Command {
  id: string;
  sighting: string;
  name: CommandName;
  at: string;
  expect_version?: number;
  body?: object;
}

export interface CommandAnswer<S = Sighting> {
  id: string;
  status: 'applied' | 'already_applied';
  version: number;
  sighting: S | Gone;
}

/// RFC 9457, with the members the contract adds.
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
  current?: Sighting | InformantSighting | Gone;
}

export interface SyncAnswer<S = Sighting | InformantSighting> {
  results: { id: string | null; status: 'applied' | 'already_applied' | 'rejected'; version?: number; problem?: Problem }[];
  changes: (S | Gone)[];
  cursor: string;
  more: boolean;
  server_time: string;
  reset?: boolean;
}

export interface Me {
  id: string;
  role: Role;
  kind: ReporterKind | null;
  display_name: string | null;
  jurisdiction: string | null;
  team: string | null;
  station: string | null;
  device: string | null;
}

export interface LoggedIn {
  token: string;
  me: Me;
}

export interface Team {
  id: string;
  name: string;
  jurisdiction: string;
  phone?: string | null;
  load?: number;
  position?: { lat: number; lon: number; at?: string | null } | null;
}

export interface Station {
  id: string;
  name: string;
  jurisdiction: string;
  phone?: string | null;
  address?: string | null;
  position?: Position | null;
  free?: number | null;
  free_at?: string | null;
}

export interface Point {
  id: string;
  name: string;
  position: Position;
  address?: string | null;
  phone?: string | null;
  hours?: string | null;
}

export interface Items<T> {
  items: T[];
  cursor?: string | null;
}

export type FeedMessage =
  | { type: 'hello'; server_time: string; cursor: string; reset?: boolean }
  | { type: 'change'; cursor: string; sighting: Sighting | InformantSighting | Gone; event?: { name: string; at: string; by_role: Role | 'server' } }
  | { type: 'caught_up'; cursor: string };

export interface Receipt {
  receipt: {
    sighting: string;
    version: number;
    place: number;
    head: string;
    at: string;
    report: Report;
    photos: { id: string; sha256: string | null }[];
  };
  jws: string;
}
