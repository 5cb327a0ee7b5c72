import "./gate.css";
import { useWords } from "../../ui/words";
import type { View } from "../view";
import { Came } from "./came";
import { CountPage } from "./count";
import { Find } from "./find";
import { GuestPage } from "./guest";
import { HereList } from "./here";
import { Home, NoGate } from "./home";
import { PlacePage } from "./place";
import { Receive } from "./receive";
import { ScanPage } from "./scan";
import { StrangerPage } from "./stranger";
import { type AtGate, useGate } from "./use-gate";
import { Acts, Group, VenueFind } from "./venue";
import { gateWords, loadWords } from "./words";

export { loadWords };

/** Everything of a phone at a door; loaded when it is wanted, kept by the service worker from the first visit on. */
export default function GateApp({ view }: { view: Extract<View, { name: "gate" | "came" }> }) {
  useWords(gateWords);
  const at = useGate();
  if (view.name === "came") return <Came key={view.venue ?? ""} venue={view.venue ?? null} />;
  if (!at) return <NoGate />;
  return <Pages key={`${view.page} ${view.id ?? ""}`} at={at} view={view} />;
}

function Pages({ at, view }: { at: AtGate; view: Extract<View, { name: "gate" }> }) {
  const id = view.id ?? "";
  const hasVenue = at.gate.venue !== null && at.gate.places.length === 0;
  switch (view.page) {
    case "home":
      return <Home at={at} />;
    case "find":
      return hasVenue ? <VenueFind at={at} /> : <Find at={at} />;
    case "scan":
      return <ScanPage at={at} />;
    case "receive":
      return <Receive at={at} id={id} />;
    case "stranger":
      return <StrangerPage at={at} party={id} />;
    case "here":
      return <HereList at={at} />;
    case "guest":
      return <GuestPage at={at} id={id} />;
    case "place":
      return <PlacePage at={at} id={id} />;
    case "count":
      return <CountPage at={at} id={id} />;
    case "group":
      return <Group at={at} />;
    case "acts":
      return <Acts at={at} />;
  }
}
