import { useEffect } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { app, go, isAtDesk, lock, workIn } from "../app";
import { currentOfEvent } from "../current";
import { Page } from "../page";
import { DistrictPhone } from "../screens/contact";
import { LanguageSwitch } from "../screens/language";
import type { GatePage } from "../view";
import { clockTime, dayTime, T, text } from "../words";
import { placeNow } from "./acts";
import { actsAt, ownCount } from "./model";
import type { AtGate } from "./use-gate";
import type { GatePlace } from "./wire";
import { G, gtext } from "./words";

export function to(page: GatePage, id?: string): void {
  go({ name: "gate", page, ...(id && { id }) });
}

/** No desk, no event: what to do instead. */
export function NoGate() {
  const isDesk = isAtDesk();
  return (
    <Page title={<G k={isDesk ? "home" : "homeLead"} />} hasBack={!isDesk}>
      <Banner tone="info" title={<G k={isDesk ? "none" : "noneLead"} />}>
        {isDesk && (
          <p>
            <G k="noneText" />
          </p>
        )}
        <DistrictPhone />
      </Banner>
      <Menu />
    </Page>
  );
}

/** The first page of a gate: how many are here, and what comes next. */
export function Home({ at }: { at: AtGate }) {
  const { gate } = at;
  const place = gate.places[0];
  useEffect(() => {
    // A desk is in no round: a real call out of its drill names the event, and is filed in the standing one.
    if (gate.desk) workIn(currentOfEvent(gate.event));
  }, [gate.event.id]);
  return (
    <Page title={gate.desk ? gate.desk.label : <G k="homeLead" />} hasBack={gate.desk === null}>
      {gate.desk && (
        <p>
          {gate.event.name}
          <br />
          <G k="until" p={{ time: dayTime(Date.parse(gate.desk.ends_at)) }} />
        </p>
      )}
      {gate.desk === null ? (
        <Places at={at} />
      ) : (
        <>
          {place && <PlaceCount at={at} place={place} />}
          {gate.venue && <VenueCount at={at} />}
        </>
      )}
      {place && <DoorMenu at={at} />}
      {!place && gate.venue && <VenueMenu at={at} />}
      <Menu />
    </Page>
  );
}

/** A lead's places: each with how it stands, and its own page. */
function Places({ at }: { at: AtGate }) {
  return (
    <ul class="gate-list" aria-label={gtext("placeChoose")}>
      {at.gate.places.map((place) => {
        const now = placeNow(at.gate, place);
        return (
          <li key={place.id}>
            <Button wide onClick={() => to("place", place.id)}>
              {place.name}
              <small class="choice-hint">
                <G k={now.status ? `status_${now.status}` : "status_none"} />
                {"　"}
                <G k="people" p={{ n: presentAt(at, place) }} />
              </small>
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

/** Who this phone knows to be at a place. */
export function presentAt(at: AtGate, place: GatePlace): number {
  return at.guests.filter((guest) => guest.siteId === place.id).length;
}

/** How many are here as this phone knows it, and beside it what headquarters have, each with its time. */
export function PlaceCount({ at, place }: { at: AtGate; place: GatePlace }) {
  const live = at.now?.places.find((p) => p.id === place.id);
  const server = live ?? place;
  const asOfMs = live && at.now ? Date.parse(at.now.as_of) : at.serverMs;
  const n = presentAt(at, place);
  const isFull = place.capacity !== null && place.capacity > 0 && n >= place.capacity;
  const now = placeNow(at.gate, { ...place, status: server.status });
  return (
    <section class="gate-count" aria-label={gtext("hereNow")}>
      <p class="gate-label">
        <G k="hereNow" />
      </p>
      <p class="gate-number">
        <G k="people" p={{ n }} />
      </p>
      <p>
        {place.capacity === null ? (
          <G k="noCapacity" />
        ) : (
          <G k="ofCapacity" p={{ n: place.capacity }} />
        )}
        <br />
        <G k="asOf" p={{ n: server.present, time: clockTime(asOfMs) }} />
      </p>
      {isFull && (
        <Banner tone="warn" title={<G k="fullTitle" />}>
          <G k="fullText" />
        </Banner>
      )}
      {now.status === "closed" && (
        <Banner tone="warn" title={<G k="closedTitle" />}>
          <G k="closedText" />
        </Banner>
      )}
      {now.status !== "open" && now.status !== "closed" && (
        <Banner tone="info" title={<G k="notOpenTitle" />}>
          <G k="notOpenText" />
        </Banner>
      )}
    </section>
  );
}

function VenueCount({ at }: { at: AtGate }) {
  const { records } = useStore(app);
  const { venue } = at.gate;
  if (!venue) return null;
  const own = ownCount(actsAt(venue.id, records));
  return (
    <section class="gate-count" aria-label={gtext("venueCount")}>
      <p class="gate-label">
        {venue.name}：<G k="venueCount" />
      </p>
      {at.now?.venue ? (
        <>
          <p class="gate-number">
            <G k="people" p={{ n: at.now.venue.total }} />
          </p>
          <p>
            <G k="venueAsOf" p={{ time: clockTime(Date.parse(at.now.as_of)) }} />
          </p>
        </>
      ) : (
        <p>
          <G k="venueNoCount" />
        </p>
      )}
      <p>
        <G k="venueOwn" p={own} />
      </p>
      <p>
        <G k="venueNever" />
      </p>
    </section>
  );
}

/** What is done at a shelter's door. */
function DoorMenu({ at }: { at: AtGate }) {
  const place = at.gate.desk ? at.gate.places[0] : undefined;
  return (
    <div class="section menu">
      <Button wide look="primary" icon="search" onClick={() => to("find")}>
        <G k="find" />
      </Button>
      <Button wide look="primary" onClick={() => to("scan")}>
        <G k="scan" />
      </Button>
      <Button wide icon="add" onClick={() => to("stranger")}>
        <G k="addStranger" />
      </Button>
      <Button wide icon="person" onClick={() => to("here")}>
        <G k="hereList" />
      </Button>
      {place && (
        <>
          <Button wide icon="home" onClick={() => to("place", place.id)}>
            <G k="place" />
          </Button>
          <Button wide icon="ok" onClick={() => to("count", place.id)}>
            <G k="count" />
          </Button>
        </>
      )}
    </div>
  );
}

function VenueMenu({ at }: { at: AtGate }) {
  return (
    <div class="section menu">
      <Button wide look="primary" onClick={() => to("scan")}>
        <G k="scan" />
      </Button>
      <Button wide look="primary" icon="search" onClick={() => to("find")}>
        <G k="venueList" />
      </Button>
      {at.gate.venue && (
        <Button wide icon="add" onClick={() => to("group")}>
          <G k="venueGroup" />
        </Button>
      )}
      <Button wide icon="undo" onClick={() => to("acts")}>
        <G k="venueActs" />
      </Button>
    </div>
  );
}

function Menu() {
  if (!isAtDesk()) return null;
  return (
    <nav class="section menu" aria-label={text("menu")}>
      <Button wide icon="send" onClick={() => go({ name: "sent" })}>
        <G k="sent" />
      </Button>
      <Button wide icon="cross" onClick={lock}>
        <T k="lockNow" />
      </Button>
      <LanguageSwitch />
    </nav>
  );
}
