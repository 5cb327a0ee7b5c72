import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { app } from "../app";
import { Choice, Page } from "../page";
import { placeNow, sayPlace, takeBack } from "./acts";
import { PlaceCount, presentAt, to } from "./home";
import type { AtGate } from "./use-gate";
import type { Crowding, Status } from "./wire";
import { G, gtext } from "./words";

const CROWDING: Crowding[] = ["available", "somewhat_crowded", "crowded", "full"];

/** How a place stands: opened here (自主開設), how crowded, closed. Each word stays with the way back. */
export function PlacePage({ at, id }: { at: AtGate; id: string }) {
  const { records } = useStore(app);
  const { gate } = at;
  const known = gate.places.find((one) => one.id === id);
  if (!known) return <p>{gtext("guestGone")}</p>;
  const place = placeNow(gate, known);
  const present = presentAt(at, known);
  const say = (status: Status, crowding?: Crowding) =>
    void sayPlace(gate, place, { status, ...(crowding && { crowding }) });
  const words = records.filter(
    ({ envelope }) =>
      envelope.kind === "opening" && (envelope.payload as { site_id: string }).site_id === id,
  );
  const replaced = new Set(
    words.map((item) => (item.envelope.payload as { corrects?: string }).corrects),
  );
  const last = [...words]
    .reverse()
    .find(
      (item) =>
        !replaced.has(item.id) &&
        !(item.envelope.payload as { is_withdrawal?: boolean }).is_withdrawal,
    );
  return (
    <Page title={known.name} hasBack>
      <p class="about">
        <G k="placeState" />：
        <G k={place.status ? `status_${place.status}` : "status_none"} />
        {place.crowding && (
          <>
            ・<G k={`crowding_${place.crowding}`} />
          </>
        )}
      </p>
      {last && (
        <Button wide icon="undo" onClick={() => void takeBack(gate, last)}>
          <G k="undo" />
        </Button>
      )}
      <PlaceCount at={at} place={known} />
      <section class="section">
        <h2>
          <G k="placeSay" />
        </h2>
        <div class="choices">
          {place.status !== "open" && (
            <Choice look="ok" icon="ok" onClick={() => say("open")}>
              <G k={place.status === null ? "sayOpen" : "sayOpenAgain"} />
            </Choice>
          )}
          {place.status === null && (
            <Choice icon="wait" onClick={() => say("preparing")}>
              <G k="sayPreparing" />
            </Choice>
          )}
          {place.status === "open" && (
            <>
              <p>
                <G k="crowdingSay" />
              </p>
              {CROWDING.map((crowding) => (
                <Choice key={crowding} onClick={() => say("open", crowding)}>
                  <G k={`crowding_${crowding}`} />
                </Choice>
              ))}
              {present > 0 && (
                <Banner tone="info" title={<G k="closedPeople" p={{ n: present }} />} />
              )}
              <Choice look="warn" icon="cross" onClick={() => say("closed")}>
                <G k="sayClosed" />
              </Choice>
            </>
          )}
        </div>
        <Button wide icon="ok" onClick={() => to("count", id)}>
          <G k="count" />
        </Button>
      </section>
    </Page>
  );
}
