/** What a phone at a door holds (docs/api.md, "Bundle"). Snake case: it is the wire's. */
export interface Gate {
  event: { id: string; kind: "drill" | "disaster"; name: string; planned_end_at: string | null };
  desk: { id: string; label: string; ends_at: string; gate_list: string } | null;
  places: GatePlace[];
  venue: { id: string; name: string; bodies: Named[] } | null;
  people: GatePerson[];
  here: GateEvacuee[];
  elsewhere: Named[];
}

export interface Named {
  id: string;
  name: string;
}

export type Status = "requested" | "preparing" | "open" | "closed";
export type Crowding = "available" | "somewhat_crowded" | "crowded" | "full";

export interface GatePlace {
  id: string;
  kind: string;
  name: string;
  capacity: number | null;
  status: Status | null;
  is_self_opened: boolean;
  crowding: Crowding | null;
  present: number;
  reported_people: number | null;
  reported_as_of: string | null;
}

export interface GatePerson {
  id: string;
  household_id: string | null;
  name: string;
  name_kana: string;
  birth_on: string | null;
  sex: string | null;
  address: string;
  cards?: string[];
}

export interface GateEvacuee {
  id: string;
  person_id: string | null;
  name: string;
  name_kana: string;
  party_id: string | null;
  site_id: string | null;
  stay_type: StayType | null;
  since: string | null;
  is_contested: boolean;
}

export type StayType =
  | "shelter"
  | "evacuation_building"
  | "home"
  | "vehicle"
  | "tent"
  | "relatives"
  | "other";

/** A drill at whose venues the phone's holder may say that she came. */
export interface DrillHere {
  event: { id: string; kind: "drill" | "disaster"; name: string; planned_end_at: string | null };
  venues: Named[];
}

/** The counts alone. */
export interface GateNow {
  as_of: string;
  places: GatePlace[];
  venue: { total: number; persons: number; groups: number } | null;
}

export interface Stranger {
  id: string;
  name: string;
  name_kana: string;
  birth_text: string;
  sex: string | null;
  address: string;
  phone: string;
  help_needed: string[];
  may_tell: string[];
}

export interface CheckIn {
  site_id: string | null;
  stay_type: StayType;
  person_id?: string;
  card?: string;
  evacuee_id?: string;
  stranger?: Stranger;
  party_id?: string;
  moved_from?: string;
  condition?: string;
  note?: string;
  corrects?: string;
  is_withdrawal?: boolean;
}

export interface CheckOut {
  site_id: string | null;
  person_id?: string;
  evacuee_id?: string;
  act: "check_out" | "overnight_leave";
  destination?: string;
  corrects?: string;
  is_withdrawal?: boolean;
}

export interface Attendance {
  venue_id: string;
  kind: "person" | "group";
  person_id?: string;
  volunteer_id?: string;
  card?: string;
  name?: string;
  body_id?: string;
  people?: number;
  group_label?: string;
  way: "card" | "list" | "own_phone" | "head_count" | "typed";
  corrects?: string;
  is_withdrawal?: boolean;
}
