import { Store } from "../ui/store";

/** How many members are in which state; see docs/api.md. */
export interface Counts {
  members: number;
  safe: number;
  need_help: number;
  unknown: number;
  tried: number;
  unchecked: number;
  out_of_scope: number;
  not_disclosable: number;
  contradicted: number;
  open_rescues: number;
  late_additions: number;
  unlisted: number;
}

export interface DistrictBoard extends Counts {
  district: { id: string; name: string };
  volunteers: number;
  silent_volunteers: number;
  last_heard_at: string | null;
}

export interface Board {
  round_id: string;
  event: { id: string; kind: "drill" | "disaster"; name: string };
  name: string;
  as_of: string;
  started_at: string;
  closed_at: string | null;
  totals: Counts;
  districts: DistrictBoard[];
  rescues_open: number;
}

export interface BoardPatch {
  as_of: string;
  closed_at: string | null;
  totals: Counts;
  districts: DistrictBoard[];
  rescues_open: number;
}

/** A board with the named districts replaced; rows keep their order, new districts come last. */
export function apply(board: Board, patch: BoardPatch): Board {
  const changed = new Map(patch.districts.map((row) => [row.district.id, row]));
  const districts = board.districts.map((row) => {
    const next = changed.get(row.district.id);
    changed.delete(row.district.id);
    return next ?? row;
  });
  const { as_of, closed_at, totals, rescues_open } = patch;
  return {
    ...board,
    as_of,
    closed_at,
    totals,
    rescues_open,
    districts: [...districts, ...changed.values()],
  };
}

/** `live`: figures of now. `stale`: the stream is down and the page is grey, with the age of what it shows. */
export interface Live {
  board: Board | null;
  state: "connecting" | "live" | "stale";
}

/** Nothing heard (not even a heartbeat) for so long means that the stream is down, whatever the browser thinks. */
const SILENCE_MS = 15_000;

/** Follows a round's board; reconnects for ever; `close` ends it. */
export function follow(
  roundId: string,
  makeSource: (url: string) => EventSource = (url) => new EventSource(url),
): { live: Store<Live>; close: () => void } {
  const live = new Store<Live>({ board: null, state: "connecting" });
  let source: EventSource | null = null;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;

  function heard(): void {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE_MS);
  }

  function lost(): void {
    clearTimeout(silence);
    source?.close();
    live.set({ state: live.get().board ? "stale" : "connecting" });
    clearTimeout(again);
    again = setTimeout(open, 1000 + Math.random() * 2000);
  }

  function open(): void {
    source = makeSource(`/api/v1/rounds/${roundId}/board/stream`);
    heard();
    source.addEventListener("board", (event) => {
      heard();
      live.set({ board: JSON.parse(event.data) as Board, state: "live" });
    });
    source.addEventListener("patch", (event) => {
      heard();
      const { board } = live.get();
      if (board) live.set({ board: apply(board, JSON.parse(event.data)), state: "live" });
    });
    source.addEventListener("beat", heard);
    source.onerror = lost;
  }

  open();
  return {
    live,
    close() {
      clearTimeout(silence);
      clearTimeout(again);
      source?.close();
    },
  };
}
